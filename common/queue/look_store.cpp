#include "common/queue/look_store.hpp"

#include "common/queue/lease_columns.hpp"

namespace reclaim::queue {
namespace {

constexpr pg::statement claim_looks_sql{"claim_looks",
                                        "select job_id, fence, token, looks, tries, app, seat, subject, email, "
                                        "connector, operation_key from reclaim.claim_looks($1, $2, $3, $4)"};
constexpr pg::statement record_looks_sql{
    "record_looks", "select reclaim.record_looks($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"};

}  // namespace

pg::call claim_looks(int looks_max, microseconds lease,
                     std::span<const std::pair<std::string, std::string>> apps_and_connectors)
{
    pg::params with;
    with.add(looks_max).add(lease);
    add_column(with, apps_and_connectors, [](const auto& pair) { return pair.first; });
    add_column(with, apps_and_connectors, [](const auto& pair) { return pair.second; });
    return {&claim_looks_sql, std::move(with)};
}

std::vector<claimed_look> read_claimed_looks(const pg::rows& answer, async::steady::time_point until)
{
    std::vector<claimed_look> out;
    for (int row = 0; row < answer.size(); ++row) {
        const auto text = [&](int column) { return answer.optional_text(row, column).value_or(""); };
        claimed_look one;
        one.held = {answer.integer(row, 0), answer.integer(row, 1), answer.id(row, 2), until};
        one.looks = static_cast<int>(answer.integer(row, 3));
        one.tries = static_cast<int>(answer.integer(row, 4));
        one.app = text(5);
        one.seat = text(6);
        one.subject = text(7);
        one.email = text(8);
        one.connector = text(9);
        one.operation_key = text(10);
        out.push_back(std::move(one));
    }
    return out;
}

pg::call record_looks(std::span<const look_seen> done, bool comment)
{
    auto with = leases_of(done);
    add_column(with, done, [](const look_seen& l) { return l.seen; });
    add_column(with, done, [](const look_seen& l) { return null_if_empty(l.reason); });
    add_column(with, done, [](const look_seen& l) { return l.wait; });
    add_column(with, done, [](const look_seen& l) { return l.operation; });
    add_column(with, done, [](const look_seen& l) { return l.status; });
    add_column(with, done, [](const look_seen& l) { return null_if_empty(l.request_id); });
    add_column(with, done, [](const look_seen& l) { return l.detail_json; });
    add_column(with, done, [](const look_seen& l) { return l.connector; });
    with.add(comment);
    return {&record_looks_sql, std::move(with)};
}

}  // namespace reclaim::queue
