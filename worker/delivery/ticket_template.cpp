#include "worker/delivery/ticket_template.hpp"

#include "common/base/error.hpp"
#include "common/json/writer.hpp"
#include "worker/delivery/plain_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <kainjow/mustache.hpp>

namespace reclaim::delivery {

namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t title_characters_max = 250;

std::string_view trim(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Every tag is read here, also those inside sections that a trial run would skip. Only fields, sections and comments
// are let through: partials and other delimiters have no use, and a raw tag would let a value become a link.
std::string find_mistake(std::string_view text, std::span<const std::string_view> known)
{
    while (true) {
        const auto open = text.find("{{");
        if (open == std::string_view::npos)
            return "";
        text.remove_prefix(open + 2);
        const auto close = text.find("}}");
        if (close == std::string_view::npos)
            return "has a {{ without its }}";
        auto tag = trim(text.substr(0, close));
        text.remove_prefix(close + 2);
        if (tag.starts_with('!'))
            continue;
        if (tag.starts_with('{') || tag.starts_with('&'))
            return "has a raw tag ({{{ or {{&); write {{name}}, so that a value stays a value";
        if (tag.starts_with('>') || tag.starts_with('='))
            return "has a partial or a change of delimiters, which tickets do not need";
        if (tag.starts_with('#') || tag.starts_with('^') || tag.starts_with('/'))
            tag = trim(tag.substr(1));
        if (std::find(known.begin(), known.end(), tag) == known.end()) {
            std::string names;
            for (const auto name : known)
                names += (names.empty() ? "" : ", ") + std::string(name);
            return "shows {{" + std::string(tag) + "}}, which does not exist; there are: " + names;
        }
    }
}

mustache::mustache compile(std::string_view key, const std::string& text, std::span<const std::string_view> known,
                           std::string& problems)
{
    mustache::mustache made(text);
    auto mistake = find_mistake(text, known);
    if (mistake.empty() && !made.is_valid())
        mistake = "is no mustache template: " + made.error_message();
    if (mistake.empty() && trim(text).empty())
        mistake = "is empty";
    if (!mistake.empty())
        problems += (problems.empty() ? "" : "\n") + std::string("ticket ") + std::string(key) + " " + mistake;
    return made;
}

std::string iso_date(std::chrono::sys_days day)
{
    const std::chrono::year_month_day date(day);
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text.data();
}

}  // namespace

struct ticket_template::impl {
    ticket_settings settings;
    mustache::mustache title;  // rendering is not const in this library, though it changes nothing we see
    mustache::mustache description;
};

ticket_template::ticket_template(ticket_settings settings, std::span<const std::string_view> known)
{
    std::string problems;
    auto title = compile("title", settings.title, known, problems);
    auto description = compile("description", settings.description, known, problems);
    if (settings.priority && (*settings.priority < 0 || *settings.priority > 4))
        problems += (problems.empty() ? "" : "\n") + std::string("ticket priority must be 0 to 4");
    if (settings.due_in && (settings.due_in->count() < 0 || settings.due_in->count() > 3650))
        problems += (problems.empty() ? "" : "\n") + std::string("ticket due date must be 0 to 3650 days ahead");
    if (!problems.empty())
        throw setup_error(problems);
    title.set_custom_escape([](const std::string& value) { return value; });  // as_line treats the whole title
    description.set_custom_escape([](const std::string& value) { return as_code(value); });
    impl_ = std::make_unique<impl>(impl{std::move(settings), std::move(title), std::move(description)});
}

ticket_template::~ticket_template() = default;
ticket_template::ticket_template(ticket_template&&) noexcept = default;

ticket ticket_template::freeze(std::string id, const ticket_fields& fields, std::chrono::sys_days today) const
{
    mustache::data shown;
    for (const auto& [name, value] : fields) {
        if (!value.empty())
            shown.set(name, value);  // an absent name is what makes {{#name}} skip its section
    }
    const ticket_settings& how = impl_->settings;
    json::writer out;
    out.begin_object().member("id", id).member("teamId", how.team_id);
    out.member("title", as_line(impl_->title.render(shown), title_characters_max));
    out.member("description", impl_->description.render(shown));
    if (!how.label_ids.empty()) {
        out.key("labelIds").begin_array();
        for (const std::string& label : how.label_ids)
            out.string(label);
        out.end_array();
    }
    if (how.assignee_id)
        out.member("assigneeId", *how.assignee_id);
    if (how.project_id)
        out.member("projectId", *how.project_id);
    if (how.state_id)
        out.member("stateId", *how.state_id);
    if (how.priority)
        out.member("priority", *how.priority);
    if (how.due_in)
        out.member("dueDate", iso_date(today + *how.due_in));
    out.end_object();
    return {std::move(id), out.take()};
}

}  // namespace reclaim::delivery
