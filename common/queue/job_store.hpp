#pragma once
// The worker's side of sql/: one function per SQL function, as a call to be sent and a reader for its answer. Pure:
// sending is the caller's, because records of many jobs travel in one transaction.
#include "common/pg/connection.hpp"
#include "common/queue/job.hpp"

#include <chrono>
#include <span>
#include <vector>

namespace reclaim::queue {

using std::chrono::microseconds;

// claiming and living
pg::call claim_jobs(const pg::uuid& worker, int jobs_max, microseconds lease, std::int64_t floor, int crashes_max);
std::vector<claimed_job> read_claimed(const pg::rows& answer, async::steady::time_point until);
pg::call register_worker(const pg::uuid& worker, const std::string& host, int pid, bool has_session);
pg::call unregister_worker(const pg::uuid& worker);
pg::call renew_leases(std::span<const lease> held, microseconds length);
std::vector<std::int64_t> read_ids(const pg::rows& answer);

struct closed_gate {
    std::string scope;
    std::optional<std::chrono::milliseconds> opens_in;  // nothing: a person opens it
    std::optional<std::chrono::milliseconds> probe_in;  // or a probe of a circuit breaker, to be made then
};
struct connector_news {
    std::string connector;
    bool troubled = false;                              // its last call failed
    std::optional<std::chrono::milliseconds> slow_for;  // its vendor said that little is left
};
struct tick {
    std::vector<closed_gate> gates;
    std::int64_t jobs_freed = 0;
    std::int64_t now = 0;  // microseconds since 2000, by the database
    std::vector<connector_news> connectors;
};
pg::call worker_tick(const pg::uuid& worker);
tick read_tick(const pg::rows& answer);

pg::call ensure_partitions();

// records: every one carries the lease, and an id that is missing from an answer was lost
pg::call lock_held_jobs(std::span<const lease> held);

struct begin_request {
    lease held;
    std::string connector;
    job_kind kind = job_kind::removal;
    bool can_restore = false;  // of a restore: whether the connector can give a seat back
};
struct begin_verdict {
    std::int64_t job_id = 0;
    enum class kind { go, look, rehearse, gate_closed, later, concluded, held } what = kind::go;
    std::string detail;  // the closed scope, or the guard's objection that leaves only a look
    std::string operation_key;
    std::string captured;  // of a restore: what the removal's look saw, as JSON; "" when that is not on record
};
pg::call begin_revokes(std::span<const begin_request> jobs, const std::string& policy_json);
pg::call begin_restores(std::span<const begin_request> jobs, const std::string& policy_json);
std::vector<begin_verdict> read_begun(const pg::rows& answer);

struct removal {
    lease held;
    std::string outcome;  // removed, already_absent, scheduled
    std::string reason;   // "" for none
    std::string operation;
    int status = 0;
    std::string request_id;
    std::string detail_json = "{}";
    std::string ticket_id;
    std::string ticket_body;  // "" for no ticket
    std::string connector;
    std::optional<microseconds> look_after;  // until the seat is looked at again; nothing: never
    std::string captured{};                  // what a restore wants to know of the seat, as JSON; "" for nothing
    job_kind kind = job_kind::removal;
};
pg::call record_removals(std::span<const removal> done, microseconds wait_for_ticket);
// Of restores: outcome is restored, partly_restored or already_held; ticket, look_after and captured mean nothing.
pg::call record_restores(std::span<const removal> done);

struct setback {
    lease held;
    enum class kind { retry, free, still_present, refused, withdrawn, stopped } how = kind::retry;
    bool effect_possible = false;
    bool sent = true;  // a call that removes may have been sent, now or in an attempt whose end is not on record
    std::string reason_code;
    std::string reason_text;
    std::optional<microseconds> wait;  // nothing: parked until the gate it waits for is opened
    std::string waiting_for;           // a gate's scope, or ""
    int attempts_max = 1;
    std::string operation;
    int status = 0;
    std::string request_id;
    std::string connector;
};
pg::call record_setback(const setback& what);

// What the look of a dry run showed; see sql/functions/mode/record_rehearsal.sql.
struct rehearsal {
    lease held;
    std::string would;  // would_remove, would_record_absent, would_hold, ...
    std::string words;
    std::string operation;
    int status = 0;
    std::string request_id;
    std::string connector;
};
pg::call record_rehearsal(const rehearsal& what);

struct hand_back_request {
    lease held;
    std::optional<microseconds> wait;
    std::string waiting_for;
};
pg::call hand_back(std::span<const hand_back_request> jobs);

struct ticket_opened {
    lease held;
    std::string message_id;
    std::string identifier;
    std::string url;
};
struct confirmation_due {
    std::int64_t job_id = 0;
    std::string message_id;
    std::string body;
};
pg::call record_tickets(std::span<const ticket_opened> done);
std::vector<confirmation_due> read_confirmations_due(const pg::rows& answer);

// A confirmation or a comment has arrived.
struct confirmed {
    lease held;
    std::string message_id;
    int status = 0;
};
pg::call record_confirmations(std::span<const confirmed> done);

struct message_setback {
    lease held;
    std::string message_id;
    std::optional<microseconds> wait;  // nothing: due when its gate is opened
    bool charged = true;
    bool final = false;
    std::string reason_code;
    std::string reason_text;
};
pg::call record_message_setback(const message_setback& what);

pg::call pending_messages(std::span<const lease> jobs);
std::vector<std::pair<std::int64_t, message>> read_messages(const pg::rows& answer);
// body: of a ticket that waited for its draft; "" for a confirmation.
pg::call freeze_message(const lease& held, const std::string& message_id, const std::string& body);

pg::call throttle_gate(const std::string& scope, std::optional<microseconds> wait, const std::string& why);

}  // namespace reclaim::queue
