#include "common/queue/audit_log.hpp"

#include "common/crypto/encoding.hpp"
#include "common/queue/event_line.hpp"

namespace reclaim::queue {
namespace {

constexpr pg::statement try_lock_statement{"seal_lock", "select pg_try_advisory_lock(hashtext('reclaim seal'))"};
constexpr pg::statement look_at_log{"look_at_log", "select waiting, latest, running, now from reclaim.look_at_log($1)"};
constexpr pg::statement unsealed_events{"unsealed_events", "select * from reclaim.unsealed_events($1, $2)"};
constexpr pg::statement last_seal_statement{
    "last_seal", "select tree_size, root_hash, frontier, settled_id, checkpoint from reclaim.last_seal()"};
constexpr pg::statement seal_of_statement{
    "seal_of", "select tree_size, root_hash, frontier, settled_id, checkpoint from reclaim.last_seal($1)"};
constexpr pg::statement seals_after{"seals_after", "select checkpoint from reclaim.seals_after($1, $2)"};
constexpr pg::statement record_seal{"record_seal", "select reclaim.record_seal($1, $2, $3, $4, $5, $6)"};

std::optional<seal> read_seal(const pg::rows& found)
{
    if (found.empty())
        return std::nullopt;
    return seal{found.integer(0, 0), crypto::from_hex(found.text(0, 1)).value_or(""),
                crypto::from_hex(found.text(0, 2)).value_or(""), found.integer(0, 3), std::string(found.text(0, 4))};
}

}  // namespace

asio::awaitable<bool> audit_log::try_lock(pg::steady::time_point deadline)
{
    const auto answer = co_await db_.query(try_lock_statement, {}, deadline);
    co_return answer.flag(0, 0);
}

asio::awaitable<log_state> audit_log::look(std::int64_t after, pg::steady::time_point deadline)
{
    pg::params with;
    with.add(after);
    const auto seen = co_await db_.query(look_at_log, std::move(with), deadline);
    log_state out{seen.flag(0, 0), seen.integer(0, 1), seen.texts(0, 2), seen.timestamp(0, 3)};
    co_return out;
}

asio::awaitable<std::vector<logged_event>> audit_log::unsealed(std::int64_t after, int most,
                                                               pg::steady::time_point deadline)
{
    // The first columns of reclaim.log_event, whose order is that of the canonical bytes.
    constexpr int audit_id = 0, recorded_at = 3;
    pg::params with;
    with.add(after).add(most);
    const auto found = co_await db_.query(unsealed_events, std::move(with), deadline);
    std::vector<logged_event> out;
    for (int row = 0; row < found.size(); ++row)
        out.push_back({found.integer(row, audit_id), found.timestamp(row, recorded_at), event_line(found, row)});
    co_return out;
}

asio::awaitable<std::optional<seal>> audit_log::last_seal(pg::steady::time_point deadline)
{
    const auto found = co_await db_.query(last_seal_statement, {}, deadline);
    co_return read_seal(found);
}

asio::awaitable<std::optional<seal>> audit_log::seal_of(std::int64_t tree_size, pg::steady::time_point deadline)
{
    pg::params with;
    with.add(tree_size);
    const auto found = co_await db_.query(seal_of_statement, std::move(with), deadline);
    co_return read_seal(found);
}

asio::awaitable<std::vector<std::string>> audit_log::checkpoints_after(std::int64_t tree_size, int most,
                                                                       pg::steady::time_point deadline)
{
    pg::params with;
    with.add(tree_size).add(most);
    const auto found = co_await db_.query(seals_after, std::move(with), deadline);
    std::vector<std::string> out;
    for (int row = 0; row < found.size(); ++row)
        out.emplace_back(found.text(row, 0));
    co_return out;
}

asio::awaitable<void> audit_log::record(const std::vector<std::int64_t>& audit_ids, const seal& made,
                                        pg::steady::time_point deadline)
{
    pg::params with;
    with.add(std::span<const std::int64_t>(audit_ids))
        .add(made.tree_size - static_cast<std::int64_t>(audit_ids.size()))
        .add(pg::bytes{made.root_hash})
        .add(pg::bytes{made.frontier})
        .add(made.settled_id)
        .add(made.checkpoint);
    std::vector<pg::call> calls;
    calls.push_back({&record_seal, std::move(with)});
    co_await db_.transact(std::move(calls), deadline);
}

}  // namespace reclaim::queue
