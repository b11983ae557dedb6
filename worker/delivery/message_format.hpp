#pragma once
// What an endpoint is sent. A confirmation is frozen in one form, whoever it is for; the others are made of those bytes
// alone, so that every try for one message sends the same bytes.
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::delivery {

enum class message_format {
    standard,  // the frozen bytes: {"type", "timestamp", "data": {...}}
    plain,     // the same members without the envelope, for tools that map top-level fields
    slack,     // {"text": ...}, as Slack's incoming webhooks and those that follow them take it
};

// "standard", "plain" or "slack".
std::optional<message_format> find_message_format(std::string_view name);

// Throws std::invalid_argument when the bytes are no confirmation: only confirmation_body.sql writes them.
std::string render(message_format as, std::string frozen);

}  // namespace reclaim::delivery
