#pragma once
// Writes the ticket: a title and a Markdown description from the operator's mustache templates, and the
// IssueCreateInput that the outbox freezes. Wrong templates are found when the configuration is read, not when the
// first ticket is due.
#include "worker/delivery/ticket.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::delivery {

struct ticket_settings {
    std::string team_id;
    std::string title;  // e.g. "Clean up reclaimed seat: {{app}} ({{seat}})"
    std::string
        description;  // values appear as inline code; {{#reason}}...{{/reason}} only shows when there is a reason
    std::vector<std::string> label_ids;
    std::optional<std::string> assignee_id;
    std::optional<std::string> project_id;
    std::optional<std::string> state_id;
    std::optional<std::int64_t> priority;     // 1 urgent, 2 high, 3 medium, 4 low; Linear's default: 0 none
    std::optional<std::chrono::days> due_in;  // after the day the ticket is written
};

// What a template may show, by name.
using ticket_fields = std::map<std::string, std::string, std::less<>>;

class ticket_template {
public:
    // Throws setup_error naming each mistake: a tag that is not closed, a field outside `known`, a tag that would
    // insert a value raw, priority or due date out of range.
    ticket_template(ticket_settings settings, std::span<const std::string_view> known);
    ~ticket_template();
    ticket_template(ticket_template&&) noexcept;

    // The id is a fresh UUID v4; empty and absent fields show as nothing.
    ticket freeze(std::string id, const ticket_fields& fields, std::chrono::sys_days today) const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace reclaim::delivery
