#include "worker/commands/export_log.hpp"

#include "common/crypto/encoding.hpp"
#include "common/queue/event_line.hpp"

namespace reclaim::worker::commands {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 1h;  // counting the population reads the whole log once

constexpr pg::statement begin{"export_begin", "begin isolation level repeatable read read only"};
constexpr pg::statement end_of_log{
    "export_end", "select coalesce((select max(tree_size) from reclaim.seal), 0), "
                  "coalesce((select settled_id from reclaim.seal order by tree_size desc limit 1), 0), "
                  "session_user::text"};
constexpr pg::statement count_population{
    "export_population",
    "select count(*), min((select min(l.leaf_index) from reclaim.audit t join reclaim.leaf l using (audit_id) "
    "where t.job_id = s.job_id)) from reclaim.sealed_removal s where s.removed_at >= $1 and s.removed_at < $2"};
constexpr pg::statement state_before{"export_state",
                                     "select tree_size, encode(frontier, 'hex'), checkpoint from reclaim.seal "
                                     "where sealed_at < $1 and tree_size <= $2 order by tree_size desc limit 1"};
constexpr pg::statement checkpoints{
    "export_checkpoints",
    "select checkpoint from ((select distinct on (date_trunc('hour', sealed_at)) tree_size, checkpoint from "
    "reclaim.seal "
    "where tree_size >= $1 order by date_trunc('hour', sealed_at), tree_size desc) "
    "union select tree_size, checkpoint from reclaim.seal where tree_size = $1) hourly order by tree_size"};
constexpr pg::statement events_of{
    "export_events", "select e.* from generate_series($1, $2 - 1) as n left join reclaim.leaf l on l.leaf_index = n "
                     "left join reclaim.log_event e on e.audit_id = l.audit_id order by n"};
constexpr pg::statement disclosures_of{
    "export_disclosures",
    "select l.leaf_index, encode(t.commitments, 'hex'), encode(coalesce(p.salts, a.salts), 'hex'), "
    "coalesce(p.seat, a.seat), coalesce(p.subject, a.subject), a.approver, a.requester, p.actor, p.words, "
    "encode(a.body, 'hex') from reclaim.leaf l join reclaim.audit t using (audit_id) "
    "left join reclaim.audit_personal p using (audit_id) "
    "left join reclaim.approval a on a.id = t.job_id and t.event_type = 'received' "
    "where l.leaf_index >= $1 and l.leaf_index < $2 and t.commitments is not null order by l.leaf_index"};
constexpr pg::statement removals_of{"export_removals",
                                    "select * from reclaim.sealed_removal where leaf_index >= $1 and leaf_index < $2 "
                                    "and removed_at >= $3 and removed_at < $4 order by leaf_index"};
constexpr pg::statement sample_of{"export_sample",
                                  "select * from reclaim.sealed_removal where removed_at >= $3 and removed_at < $4 "
                                  "order by sha256(convert_to($2 || ':' || leaf_index, 'UTF8')), leaf_index limit $1"};
constexpr pg::statement unsealed_from{
    "export_unsealed",
    "select e.* from reclaim.log_event e where e.audit_id >= $1 and not exists (select from "
    "reclaim.leaf l where l.audit_id = e.audit_id and l.leaf_index < $2) order by e.audit_id limit 1000"};

constexpr pg::statement places_of{"export_places", "select l.leaf_index from reclaim.audit t join reclaim.leaf l using "
                                                   "(audit_id) where t.job_id = $1 order by l.leaf_index"};
constexpr pg::statement state_with{"export_state_with", "select tree_size, encode(frontier, 'hex'), checkpoint from "
                                                        "reclaim.seal where tree_size > $1 order by tree_size limit 1"};
constexpr pg::statement unsealed_of_job{
    "export_unsealed_of", "select e.* from reclaim.log_event e where e.job_id = $1 and not exists (select from "
                          "reclaim.leaf l where l.audit_id = e.audit_id and l.leaf_index < $2) order by e.event_seq"};

std::optional<sealed_state> read_state(const pg::rows& found)
{
    if (found.empty())
        return std::nullopt;
    return sealed_state{found.integer(0, 0), crypto::from_hex(found.text(0, 1)).value_or(""),
                        std::string(found.text(0, 2))};
}

std::string cell(const pg::rows& from, int row, int column)
{
    if (from.is_null(row, column))
        return {};
    switch (from.kind_of(column)) {
    case pg::rows::kind::integer:
        return std::to_string(from.integer(row, column));
    case pg::rows::kind::timestamp:
        return queue::utc_text(from.timestamp(row, column));
    default:
        return std::string(from.text(row, column));
    }
}

std::vector<evidence::removal_row> removal_rows(const pg::rows& found)
{
    if (found.columns() != static_cast<int>(evidence::removal_columns.size() + evidence::name_columns.size()))
        throw std::logic_error(
            "reclaim.sealed_removal has other columns than this program: run reclaim-worker migrate");
    std::vector<evidence::removal_row> out;
    for (int row = 0; row < found.size(); ++row)
        for (int column = 0; column < found.columns(); ++column)
            (column == 0 ? out.emplace_back() : out.back()).push_back(cell(found, row, column));
    return out;
}

std::vector<std::string> event_lines(const pg::rows& found)
{
    std::vector<std::string> out;
    for (int row = 0; row < found.size(); ++row)
        out.push_back(found.is_null(row, 0) ? std::string() : queue::event_line(found, row));
    return out;
}

// The columns of disclosures_of that hold what a letter commits to.
int column_of(char letter)
{
    constexpr std::string_view in_order = "suarpwb";
    constexpr int first = 3;
    const auto at = in_order.find(letter);
    return at == std::string_view::npos ? -1 : first + static_cast<int>(at);
}

}  // namespace

asio::awaitable<std::unique_ptr<export_log>> export_log::open(const std::string& conninfo)
{
    auto db = co_await pg::connection::open({conninfo, "reclaim-worker export", false}, async::steady::now() + 30s);
    std::unique_ptr<export_log> out(new export_log(std::move(db)));
    co_await out->ask(begin);
    co_return out;
}

asio::awaitable<pg::rows> export_log::ask(const pg::statement& what, pg::params with)
{
    auto answer = co_await db_->query(what, with, async::steady::now() + patience);
    co_return answer;
}

asio::awaitable<log_end> export_log::end()
{
    const auto found = co_await ask(end_of_log);
    log_end out{found.integer(0, 0), found.integer(0, 1), std::string(found.text(0, 2))};
    co_return out;
}

asio::awaitable<population> export_log::count(period of)
{
    pg::params with;
    with.add_timestamp(of.from).add_timestamp(of.to);
    const auto found = co_await ask(count_population, std::move(with));
    population out{found.integer(0, 0), found.optional_integer(0, 1)};
    co_return out;
}

asio::awaitable<std::optional<sealed_state>> export_log::sealed_before(std::int64_t at, std::int64_t leaves_max)
{
    pg::params with;
    with.add_timestamp(at).add(leaves_max);
    const auto found = co_await ask(state_before, std::move(with));
    co_return read_state(found);
}

asio::awaitable<std::vector<std::string>> export_log::hourly_checkpoints(std::int64_t from_size)
{
    pg::params with;
    with.add(from_size);
    const auto found = co_await ask(checkpoints, std::move(with));
    std::vector<std::string> out;
    for (int row = 0; row < found.size(); ++row)
        out.emplace_back(found.text(row, 0));
    co_return out;
}

asio::awaitable<std::vector<std::string>> export_log::events(std::int64_t first, std::int64_t last)
{
    pg::params with;
    with.add(first).add(last);
    const auto found = co_await ask(events_of, std::move(with));
    co_return event_lines(found);
}

asio::awaitable<std::vector<evidence::disclosure>> export_log::disclosures(std::int64_t first, std::int64_t last)
{
    pg::params with;
    with.add(first).add(last);
    const auto found = co_await ask(disclosures_of, std::move(with));
    std::vector<evidence::disclosure> out;
    for (int row = 0; row < found.size(); ++row) {
        const auto bytes = crypto::from_hex(found.text(row, 1)).value_or("");
        const auto commitments = evidence::split_commitments(bytes);
        const auto salts = crypto::from_hex(found.optional_text(row, 2).value_or("")).value_or("");
        if (!commitments)
            continue;  // somebody changed it: nothing opens it any more
        for (const auto& [letter, digest] : *commitments) {
            const int column = column_of(letter);
            const auto value = column < 0 ? std::nullopt : found.optional_text(row, column);
            const auto salt = evidence::salt_of(salts, letter);
            if (value && salt)
                out.push_back({found.integer(row, 0), letter, *salt,
                               letter == evidence::body_letter ? crypto::from_hex(*value).value_or("") : *value});
        }
    }
    co_return out;
}

asio::awaitable<std::vector<evidence::removal_row>> export_log::removals(std::int64_t first, std::int64_t last,
                                                                         period of)
{
    pg::params with;
    with.add(first).add(last).add_timestamp(of.from).add_timestamp(of.to);
    const auto found = co_await ask(removals_of, std::move(with));
    co_return removal_rows(found);
}

asio::awaitable<std::vector<evidence::removal_row>> export_log::sample(std::int64_t size, const std::string& seed,
                                                                       period of)
{
    pg::params with;
    with.add(size).add(seed).add_timestamp(of.from).add_timestamp(of.to);
    const auto found = co_await ask(sample_of, std::move(with));
    co_return removal_rows(found);
}

asio::awaitable<std::vector<std::string>> export_log::unsealed(std::int64_t& from, std::int64_t tree_size)
{
    pg::params with;
    with.add(from).add(tree_size);
    const auto found = co_await ask(unsealed_from, std::move(with));
    if (!found.empty())
        from = found.integer(found.size() - 1, 0) + 1;
    co_return event_lines(found);
}

asio::awaitable<std::vector<std::uint64_t>> export_log::places(std::int64_t job)
{
    pg::params with;
    with.add(job);
    const auto found = co_await ask(places_of, std::move(with));
    std::vector<std::uint64_t> out;
    for (int row = 0; row < found.size(); ++row)
        out.push_back(static_cast<std::uint64_t>(found.integer(row, 0)));
    co_return out;
}

asio::awaitable<std::optional<sealed_state>> export_log::sealed_with(std::uint64_t place)
{
    pg::params with;
    with.add(static_cast<std::int64_t>(place));
    const auto found = co_await ask(state_with, std::move(with));
    co_return read_state(found);
}

asio::awaitable<std::vector<std::string>> export_log::unsealed_of(std::int64_t job, std::int64_t tree_size)
{
    pg::params with;
    with.add(job).add(tree_size);
    const auto found = co_await ask(unsealed_of_job, std::move(with));
    co_return event_lines(found);
}

}  // namespace reclaim::worker::commands
