#pragma once
// Writes the ticket: a title, a Markdown description and a checklist from the operator's texts, and the inputs of
// Linear's mutations that the outbox freezes. Wrong texts are found when the configuration is read, not when the first
// ticket is due.
#include "worker/delivery/field_text.hpp"
#include "worker/delivery/ticket.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::delivery {

// Where the evidence of a removal can be read, attached to its ticket.
struct evidence_link {
    std::string url;  // e.g. "https://reclaim.example.com/evidence/{{approval_id}}"; values are percent-encoded
    std::string title;
};

struct ticket_settings {
    std::string team_id;
    std::string title;  // e.g. "Clean up reclaimed seat: {{app}} ({{seat}})"
    // Values appear as inline code; {{#reason}}...{{/reason}} only shows when there is a reason. Empty, with a
    // template: the template's.
    std::string description;
    std::vector<std::string> checklist;  // one text for each line, written as the description is
    std::vector<std::string> label_ids;
    std::vector<std::string> subscriber_ids;
    std::optional<std::string> assignee_id;
    std::optional<std::string> project_id;
    std::optional<std::string> state_id;
    std::optional<std::string> template_id;   // of Linear's; what is set here wins over what it says
    std::optional<std::int64_t> priority;     // 1 urgent, 2 high, 3 medium, 4 low; Linear's default: 0 none
    std::optional<std::chrono::days> due_in;  // after the day the ticket is written
    std::optional<evidence_link> link;
    std::optional<std::string> prompt;  // of a draft: see draft.hpp
};

class ticket_template {
public:
    // Throws setup_error naming each mistake: see field_text, priority or due date out of range, an address that is not
    // https or whose host could come from a value.
    ticket_template(ticket_settings settings, std::span<const std::string_view> known);

    // The id is a fresh UUID v4; empty and absent fields show as nothing.
    ticket freeze(std::string id, const ticket_fields& fields, std::chrono::sys_days today) const;

private:
    std::string describe(const ticket_fields& fields) const;

    ticket_settings settings_;
    std::vector<field_text> title_and_description_;
    std::vector<field_text> checklist_;
    std::vector<field_text> link_;    // its address and its title, or nothing
    std::vector<field_text> prompt_;  // or nothing
};

}  // namespace reclaim::delivery
