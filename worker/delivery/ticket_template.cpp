#include "worker/delivery/ticket_template.hpp"

#include "common/base/error.hpp"
#include "common/json/writer.hpp"
#include "worker/delivery/plain_text.hpp"

#include <array>
#include <cstdio>

namespace reclaim::delivery {

namespace {

constexpr std::size_t title_characters_max = 250;

std::string iso_date(std::chrono::sys_days day)
{
    const std::chrono::year_month_day date(day);
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

void put_list(json::writer& out, std::string_view name, const std::vector<std::string>& ids)
{
    if (ids.empty())
        return;
    out.key(name).begin_array();
    for (const std::string& id : ids)
        out.string(id);
    out.end_array();
}

void put(json::writer& out, std::string_view name, const std::optional<std::string>& id)
{
    if (id)
        out.member(name, *id);
}

// No value may choose where a link leads to.
bool has_fixed_host(std::string_view url)
{
    constexpr std::string_view scheme = "https://";
    const auto end = url.find('/', scheme.size());
    return url.starts_with(scheme) && end != std::string_view::npos && end > scheme.size() &&
           url.substr(0, end).find_first_of("{ \t\r\n") == std::string_view::npos;
}

}  // namespace

ticket_template::ticket_template(ticket_settings settings, std::span<const std::string_view> known)
    : settings_(std::move(settings))
{
    std::string problems;
    const auto problem = [&](std::string_view what) {
        problems += (problems.empty() ? "" : "\n") + std::string("ticket ") + std::string(what);
    };
    title_and_description_.emplace_back("ticket title", settings_.title, shown_as::itself, known, problems);
    title_and_description_.emplace_back("ticket description", settings_.description, shown_as::code, known, problems);
    for (const std::string& item : settings_.checklist) {
        checklist_.emplace_back("checklist item", item, shown_as::code, known, problems);
        if (checklist_.back().is_blank() || item.find('\n') != std::string::npos)
            problem("checklist has an item that is not one line of text");
    }
    if (settings_.link) {
        link_.emplace_back("ticket link", settings_.link->url, shown_as::url_part, known, problems);
        link_.emplace_back("ticket link_title", settings_.link->title, shown_as::itself, known, problems);
        if (!has_fixed_host(settings_.link->url))
            problem("link must begin with https:// and a host of its own, for example "
                    "https://reclaim.example.com/evidence/{{approval_id}}");
        if (link_[1].is_blank())
            problem("link_title is empty");
    }
    if (settings_.prompt)
        prompt_.emplace_back("draft prompt", *settings_.prompt, shown_as::itself, known, problems);
    if (title_and_description_[0].is_blank())
        problem("title is empty");
    if (title_and_description_[1].is_blank() && !settings_.template_id)
        problem("description is empty, which only template_id makes good");
    if (settings_.priority && (*settings_.priority < 0 || *settings_.priority > 4))
        problem("priority must be 0 to 4");
    if (settings_.due_in && (settings_.due_in->count() < 0 || settings_.due_in->count() > 3650))
        problem("due date must be 0 to 3650 days ahead");
    if (!problems.empty())
        throw setup_error(problems);
}

std::string ticket_template::describe(const ticket_fields& fields) const
{
    const field_text& description = title_and_description_[1];
    std::string out = description.is_blank() ? "" : description.render(fields);
    if (!checklist_.empty() && !out.empty())
        out += out.ends_with('\n') ? "\n" : "\n\n";
    for (const field_text& item : checklist_)
        out += "- [ ] " + item.render(fields) + "\n";
    return out;
}

ticket ticket_template::freeze(std::string id, const ticket_fields& fields, std::chrono::sys_days today) const
{
    json::writer out;
    out.begin_object().key("issue").begin_object();
    out.member("id", id).member("teamId", settings_.team_id);
    out.member("title", as_line(title_and_description_[0].render(fields), title_characters_max));
    if (const auto text = describe(fields); !text.empty())
        out.member("description", text);
    put(out, "templateId", settings_.template_id);
    put_list(out, "labelIds", settings_.label_ids);
    put(out, "assigneeId", settings_.assignee_id);
    put_list(out, "subscriberIds", settings_.subscriber_ids);
    put(out, "projectId", settings_.project_id);
    put(out, "stateId", settings_.state_id);
    if (settings_.priority)
        out.member("priority", *settings_.priority);
    if (settings_.due_in)
        out.member("dueDate", iso_date(today + *settings_.due_in));
    out.end_object();
    if (!link_.empty()) {
        out.key("attachment").begin_object().member("issueId", id);
        out.member("title", as_line(link_[1].render(fields), title_characters_max));
        out.member("url", link_[0].render(fields)).end_object();
    }
    if (!prompt_.empty())
        out.member("draft", prompt_[0].render(fields));
    out.end_object();
    return {std::move(id), out.take()};
}

}  // namespace reclaim::delivery
