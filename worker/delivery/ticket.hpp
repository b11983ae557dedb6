#pragma once
// A cleanup ticket on its way into Linear, and what came of trying. The vocabulary is the connectors', plus what only a
// ticket can be.
#include "worker/connectors/outcome.hpp"

#include <optional>
#include <string>
#include <variant>

namespace reclaim::delivery {

using connectors::denied;
using connectors::not_sent;
using connectors::refused;
using connectors::retry;
using connectors::throttled;
using connectors::unknown;

// Written to the outbox before the first send and never rendered again.
struct ticket {
    std::string id;  // our UUID v4, lower case; Linear keeps it as the id, which makes a repeat harmless
    // {"issue": IssueCreateInput, "attachment": AttachmentCreateInput}, both naming that id; without a link no
    // attachment
    std::string frozen_json;
};

struct opened {
    std::string identifier;  // "IT-101"
    std::string url;
};
struct absent {};  // Linear has no issue with that id; only find answers this

// unknown: the ticket may have been opened; find must come before the next create.
using ticket_answer = std::variant<opened, absent, throttled, retry, denied, refused, not_sent, unknown>;

// What keeps something more from being put on a ticket, never opened or absent; nothing: it is there.
using obstacle = std::optional<ticket_answer>;

}  // namespace reclaim::delivery
