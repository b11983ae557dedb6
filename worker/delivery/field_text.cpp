#include "worker/delivery/field_text.hpp"

#include "worker/connectors/text_template.hpp"
#include "worker/delivery/plain_text.hpp"

#include <algorithm>
#include <kainjow/mustache.hpp>

namespace reclaim::delivery {

namespace {

namespace mustache = kainjow::mustache;

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

std::string show(shown_as how, const std::string& value)
{
    switch (how) {
    case shown_as::code:
        return as_code(value);
    case shown_as::url_part:
        return connectors::encode_query(value);
    case shown_as::itself:
        break;
    }
    return value;
}

}  // namespace

struct field_text::impl {
    mustache::mustache text;  // rendering is not const in this library, though it changes nothing we see
};

field_text::field_text(std::string_view name, const std::string& text, shown_as how,
                       std::span<const std::string_view> known, std::string& problems)
    : impl_(std::make_unique<impl>(impl{mustache::mustache(text)})),
      blank_(trim(text).empty())
{
    auto mistake = find_mistake(text, known);
    if (mistake.empty() && !impl_->text.is_valid())
        mistake = "is no mustache template: " + impl_->text.error_message();
    if (!mistake.empty())
        problems += (problems.empty() ? "" : "\n") + std::string(name) + " " + mistake;
    impl_->text.set_custom_escape([how](const std::string& value) { return show(how, value); });
}

field_text::~field_text() = default;
field_text::field_text(field_text&&) noexcept = default;

std::string field_text::render(const ticket_fields& fields) const
{
    mustache::data shown;
    for (const auto& [name, value] : fields) {
        if (!value.empty())
            shown.set(name, value);  // an absent name is what makes {{#name}} skip its section
    }
    return impl_->text.render(shown);
}

}  // namespace reclaim::delivery
