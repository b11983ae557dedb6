#pragma once
// What the requester is told when a job has ended. Rendered once, when the result is recorded, and stored in the
// outbox; every attempt sends these bytes unchanged, so that a receiver who sees two of them can tell that they are
// one.
#include <optional>
#include <string>

namespace reclaim::delivery {

struct ticket_note {
    enum class state { none, pending, opened } is = state::none;
    std::string id;         // our UUID, set unless none
    std::string identifier; // "IT-101", when opened
    std::string url;        // when opened
};

struct confirmation {
    enum class conclusion { completed, refused, held, cancelled, failed } how = conclusion::completed;
    std::string at; // when the job ended; RFC 3339 in UTC, as the database wrote it, like removed_at
    std::string approval_id;
    std::string job_id;
    std::string app;
    std::string seat;
    std::string approver;
    std::string outcome; // the audit row's word: removed, already_absent, still_present, ...
    std::string reason;  // why not, for all but completed
    std::optional<std::string> removed_at;
    ticket_note ticket;
};

// A Standard Webhooks event: type, timestamp, data.
std::string render(const confirmation& what);

} // namespace reclaim::delivery
