#pragma once
// A claimed job as plain data: who holds it, and everything a worker needs to act on it.
#include "common/async/deadline.hpp"
#include "common/pg/params.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace reclaim::queue {

// The right to work on one job. Every write carries all three of id, fence and token; until says, on this process's
// steady clock and counted from before the claim was sent, how long the database is sure to honour it.
struct lease {
    std::int64_t job_id = 0;
    std::int64_t fence = 0;
    pg::uuid token{};
    async::steady::time_point until;
};

enum class job_state { validate, revoke, deliver, held };
enum class job_kind { removal, restore };

struct claimed_job {
    lease held;
    job_state state = job_state::validate;
    job_kind kind = job_kind::removal;
    std::int64_t visible_at = 0;  // microseconds since 2000, by the database; for the claim's scan floor
    int attempts = 0;
    bool effect_possible = false;  // an earlier attempt may have removed the seat
    std::string app;
    std::string seat;
    std::string subject;
    std::string email;
    std::string source;
    std::string approval_ref;
    std::string approver;
    std::string requester;
    std::string callback_url;
    std::string reason;
    std::int64_t flag_epoch = 0;
};

// A message owed to Linear or to the requester.
struct message {
    std::string id;
    enum class topic { ticket, confirmation, comment } about = topic::confirmation;
    bool frozen = true;
    std::string body;
    int attempts = 0;
    bool due = true;
};

}  // namespace reclaim::queue
