#pragma once
// What a vendor did, as data. Not an error channel: every decision visits the variant without a catch-all, so that a
// new case does not compile until each decision handles it.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace reclaim::connectors {

struct removed {};         // the vendor said this call took the seat away (or, of a restore's call, gave it back)
struct already_absent {};  // the subject holds no such seat
struct scheduled {};       // removal accepted and dated by the vendor; access ends later
struct held {};            // the subject holds the seat (only a look answers this)
struct still_present {
    std::string why;
};  // cannot be taken directly, e.g. inherited through a group
struct look_again {
    std::string why;
};  // the answer alone does not tell: read the seat and decide
struct throttled {                      // the vendor asks for a pause; charges no attempt
    std::chrono::milliseconds wait{0};  // from now, clamped to [1 s, 1 h]
    std::string why;
};
struct retry {
    std::string why;
};  // temporary fault on the vendor's side, nothing was applied
struct denied {
    std::string why;
};  // our credential is refused: no job can go on
struct refused {
    std::string why;
};  // permanent for this seat
struct not_sent {
    std::string why;
};  // no byte reached the vendor
struct no_turn {
    std::string why;
};  // nothing was sent: the connector's limit let nothing through in time
struct unknown {
    std::string why;
};  // sent, answer lost or unreadable: only a look may follow

using outcome = std::variant<removed, already_absent, scheduled, held, still_present, look_again, throttled, retry,
                             denied, refused, not_sent, no_turn, unknown>;

// For metrics and records.
std::string_view name_of(const outcome& what);

// What an answer leaves for the audit row: bounded, without secrets, and nothing of the body, which names people.
struct evidence {
    std::string operation;   // method and path template, e.g. "DELETE /api/v1/apps/{app_id}/users/{subject}"
    int status = 0;          // 0: no answer
    std::string request_id;  // the vendor's own id for the call, when it sends one
    std::string assignment;  // how the seat is assigned, when a look tells: "USER", "GROUP", ...
};

struct answer {
    outcome what;
    evidence proof;
    bool left = true;           // false: certainly nothing that could change anything was taken in by the vendor
    std::string captured = {};  // what a look saw of a seat that is held: speaks of a person, see capture.hpp
};

}  // namespace reclaim::connectors
