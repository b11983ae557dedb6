#pragma once
// The events Reclaim understands and their fields: the one table behind mapping, validation and the configuration's
// checks.
#include <span>
#include <string_view>

namespace reclaim::receiver {

enum class shape {
    app_name,    // as in configuration: lower case, digits, '_' and '-'
    identifier,  // any visible text, but nothing that looks like another identifier without being it
    url,
    prose,        // for people; may have lines
    epoch,        // a whole number from 1
    minor_units,  // money in cents and their like
    currency,     // ISO 4217
    words,        // a list of identifiers
    instant,
    past_instant,  // allowing for clocks that run ahead
};

enum class presence { required, optional };

struct field {
    std::string_view name;  // ours, as accept_webhooks.sql reads it
    receiver::shape shape;
    receiver::presence presence;
    char personal =
        0;  // the letter of its commitment, when the log must not name it: sql/functions/evidence/commit_to.sql
};

struct event {
    std::string_view type;
    std::span<const field> fields;
};

std::span<const event> known_events();
const event* find_event(std::string_view type);
bool is_field(std::string_view name);  // of any event

}  // namespace reclaim::receiver
