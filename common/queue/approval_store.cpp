#include "common/queue/approval_store.hpp"

#include "common/queue/embedded_sql.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace reclaim::queue {

namespace {

constexpr pg::statement accept_webhooks{
    "accept_webhooks",
    "select ord, verdict, job_id, detail from reclaim.accept_webhooks($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
constexpr pg::statement approval_status{"approval_status", "select reclaim.approval_status($1, $2)"};
constexpr pg::statement notify_job{"notify_job", "select pg_notify('reclaim_job', '')"};
constexpr pg::statement look_around{"look_around",
                                    "select reclaim.clock(), (select max(version) from reclaim.migration)"};

// In the order of the enumeration.
constexpr std::array<std::string_view, 10> verdict_words{"accepted",  "duplicate", "conflict",  "trigger_off",
                                                         "cancelled", "too_late",  "not_found", "flagged",
                                                         "unflagged", "seconded"};

verdict parse_verdict(std::string_view word)
{
    const auto found = std::find(verdict_words.begin(), verdict_words.end(), word);
    if (found == verdict_words.end())
        throw std::logic_error("accept_webhooks gave an unknown verdict: " + std::string(word));
    return static_cast<verdict>(found - verdict_words.begin());
}

pg::params columns(const std::vector<const webhook*>& batch)
{
    std::vector<std::string_view> sources, delivery_ids, key_ids, event_types, facts;
    std::vector<pg::bytes> bodies, digests, salts, commitments;
    for (const webhook* each : batch) {
        sources.push_back(each->source);
        delivery_ids.push_back(each->delivery_id);
        key_ids.push_back(each->key_id);
        event_types.push_back(each->event_type);
        bodies.push_back({each->body});
        digests.push_back({crypto::as_bytes(each->body_sha256)});
        facts.push_back(each->facts);
        salts.push_back({each->salts});
        commitments.push_back({each->commitments});
    }
    pg::params out;
    out.add(std::span<const std::string_view>(sources))
        .add(std::span<const std::string_view>(delivery_ids))
        .add(std::span<const std::string_view>(key_ids))
        .add(std::span<const std::string_view>(event_types))
        .add(std::span<const pg::bytes>(bodies))
        .add(std::span<const pg::bytes>(digests))
        .add(std::span<const std::string_view>(facts))
        .add(std::span<const pg::bytes>(salts))
        .add(std::span<const pg::bytes>(commitments));
    return out;
}

}  // namespace

std::string_view to_text(verdict v)
{
    return verdict_words.at(static_cast<std::size_t>(v));
}

int schema_version_needed()
{
    constexpr std::string_view folder = "migrations/";
    int newest = 0;
    for (const auto& file : embedded_sql()) {
        if (!file.path.starts_with(folder))
            continue;
        int version = 0;
        std::from_chars(file.path.data() + folder.size(), file.path.data() + file.path.size(), version);
        newest = std::max(newest, version);
    }
    return newest;
}

asio::awaitable<void> approval_store::connect(pg::steady::time_point deadline)
{
    co_await db_.ready(deadline);
}

asio::awaitable<std::vector<accept_answer>> approval_store::accept(const std::vector<const webhook*>& batch,
                                                                   pg::steady::time_point deadline)
{
    std::vector<pg::call> calls;
    calls.push_back({&accept_webhooks, columns(batch)});
    const auto results = co_await db_.transact(std::move(calls), deadline);
    const pg::rows& answered = results.at(0);
    if (static_cast<std::size_t>(answered.size()) != batch.size())
        throw std::logic_error("accept_webhooks must answer every webhook once");
    std::vector<accept_answer> out(batch.size());
    for (int row = 0; row < answered.size(); ++row)
        out.at(static_cast<std::size_t>(answered.integer(row, 0) - 1)) = {
            parse_verdict(answered.text(row, 1)), answered.optional_integer(row, 2), answered.optional_text(row, 3)};
    co_return out;
}

asio::awaitable<std::optional<std::string>>
approval_store::status(std::string_view source, std::string_view approval_id, pg::steady::time_point deadline)
{
    pg::params with;
    with.add(source).add(approval_id);
    const pg::rows found = co_await db_.query(approval_status, std::move(with), deadline);
    co_return found.optional_text(0, 0);
}

asio::awaitable<void> approval_store::announce_jobs(pg::steady::time_point deadline)
{
    co_await db_.query(notify_job, {}, deadline);
}

asio::awaitable<database_state> approval_store::look(pg::steady::time_point deadline)
{
    using std::chrono::microseconds;
    constexpr std::chrono::sys_days epoch = std::chrono::year(2000) / 1 / 1;
    const pg::rows seen = co_await db_.query(look_around, {}, deadline);
    database_state out;
    out.clock = epoch + microseconds(seen.timestamp(0, 0));
    out.schema_version = seen.optional_integer(0, 1).value_or(0);
    co_return out;
}

}  // namespace reclaim::queue
