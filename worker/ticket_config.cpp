#include "worker/ticket_config.hpp"

#include "common/pg/params.hpp"

namespace reclaim::worker {
namespace {

void require_id(config::table& section, std::string_view key, const std::string& id)
{
    if (!pg::parse_uuid(id))
        section.problem(key, "must be a UUID, not a name or a key like IT; docs/TICKETS.md says where Linear shows it");
}

void read_id(config::table& section, std::string_view key, std::optional<std::string>& into)
{
    if (auto id = section.optional_text(key)) {
        require_id(section, key, *id);
        into = std::move(*id);
    }
}

void read_ids(config::table& section, std::string_view key, std::vector<std::string>& into)
{
    if (!section.has(key))
        return;
    into = section.texts(key);
    for (const std::string& id : into)
        require_id(section, key, id);
}

}  // namespace

checklists read_checklists(config::table section)
{
    checklists out{{"seat",
                    {"Export or hand over what this person keeps in {{app}}",
                     "Order one licence of {{app}} less at the next renewal (true-down)"}},
                   {"account",
                    {"Export or hand over what this person keeps in {{app}}",
                     "Mailbox: decide on forwarding, an automatic reply, delegation and how long it is kept",
                     "Devices: collect or wipe what still signs in to {{app}}",
                     "Order the licences that this account held less at their next renewal (true-down)"}}};
    for (auto& [name, one] : section.subs("checklists")) {
        if (!one.has("items"))
            one.problem("items", "is missing; write items = [\"Export the data\", \"...\"], or [] for none");
        out[name] = one.texts("items");
    }
    return out;
}

ticket_config read_ticket(config::table section, const checklists& known)
{
    ticket_config plain;
    plain.settings.team_id = section.text("team_id");
    plain.settings.title = "Clean up reclaimed seat: {{app}} ({{seat}})";
    plain.settings.description = "Seat {{seat}} of {{subject}} in {{app}} was removed ({{outcome}}), "
                                 "approved by {{approver}} as {{approval_id}}.\n";
    return read_ticket(section, known, std::move(plain));
}

ticket_config read_ticket(config::table section, const checklists& known, ticket_config every)
{
    auto& out = every.settings;
    out.team_id = section.text("team_id", out.team_id);
    if (!out.team_id.empty())
        require_id(section, "team_id", out.team_id);
    out.title = section.text("title", out.title);
    out.description = section.text("description", out.description);
    read_ids(section, "label_ids", out.label_ids);
    read_ids(section, "subscriber_ids", out.subscriber_ids);
    read_id(section, "assignee_id", out.assignee_id);
    read_id(section, "project_id", out.project_id);
    read_id(section, "state_id", out.state_id);
    read_id(section, "template_id", out.template_id);
    if (section.has("priority"))
        out.priority = section.integer("priority", 0, 0, 4);
    if (section.has("due_in_days")) {
        const auto days = section.integer("due_in_days", 0, 0, 3650);
        out.due_in = days == 0 ? std::nullopt : std::optional(std::chrono::days(days));
    }
    if (const auto url = section.optional_text("link"))
        out.link =
            url->empty() ? std::nullopt : std::optional(delivery::evidence_link{*url, "Evidence of the removal"});
    if (const auto title = section.optional_text("link_title")) {
        if (out.link)
            out.link->title = *title;
        else
            section.problem("link_title", "has no link to be the title of; add link = \"https://...\"");
    }
    if (auto name = section.optional_text("checklist")) {
        if (!known.contains(*name))
            section.problem("checklist", "names a checklist that no [linear.checklists.NAME] section describes");
        every.checklist = std::move(*name);
    }
    return every;
}

}  // namespace reclaim::worker
