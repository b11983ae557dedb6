#pragma once
// The worker's side of the looks that follow a removal (sql/functions/work/claim_looks.sql, record_looks.sql): calls to
// be sent and readers for their answers.
#include "common/queue/job_store.hpp"

namespace reclaim::queue {

struct claimed_look {
    lease held;
    int looks = 0;  // of the schedule, that have shown the seat gone
    int tries = 0;  // of this look, that could not be read
    std::string app;
    std::string seat;
    std::string subject;
    std::string email;
    std::string connector;
    std::string operation_key;  // the removal's
};
// apps: those this worker knows, each with its connector's name.
pg::call claim_looks(int looks_max, microseconds lease,
                     std::span<const std::pair<std::string, std::string>> apps_and_connectors);
std::vector<claimed_look> read_claimed_looks(const pg::rows& answer, async::steady::time_point until);

struct look_seen {
    lease held;
    std::string_view seen;             // gone, back, unread, given_up, put_off
    std::string reason;                // "" for none
    std::optional<microseconds> wait;  // gone: when, after the removal, the next look is due; nothing: it was the last
    std::string operation;
    int status = 0;
    std::string request_id;
    std::string detail_json = "{}";
    std::string connector;
};
// Answers the jobs recorded (read_ids).
// comment: drift is told on the removal's ticket too.
pg::call record_looks(std::span<const look_seen> done, bool comment);

}  // namespace reclaim::queue
