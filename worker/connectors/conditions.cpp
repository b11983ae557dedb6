#include "worker/connectors/conditions.hpp"

#include <algorithm>
#include <cctype>

namespace reclaim::connectors {

namespace {

std::string lower(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

bool is_given(json::value node)
{
    return node.kind() != json::kind::null;
}

bool has_members(json::value element, const std::map<std::string, text_template>& where, const variables& of)
{
    return std::all_of(where.begin(), where.end(), [&](const auto& wanted) {
        const auto expected = wanted.second.fill(of);
        const auto found = scalar_text(element.at(wanted.first));
        return expected && found && lower(*found) == lower(*expected);
    });
}

// Splits at the first token that is exactly "*"; RFC 6901 does the rest.
void collect(json::value from, std::string_view pointer, const std::map<std::string, text_template>& where,
             const variables& of, selection& into)
{
    for (auto star = pointer.find("/*"); star != std::string_view::npos; star = pointer.find("/*", star + 1)) {
        const auto rest = pointer.substr(star + 2);
        if (!rest.empty() && rest.front() != '/')
            continue;
        const auto array = from.at(pointer.substr(0, star));
        into.was_array = into.was_array && array.kind() == json::kind::array;
        for (const auto& element : array.elements()) {
            if (has_members(element, where, of))
                collect(element, rest, {}, of, into);
        }
        return;
    }
    if (const auto node = from.at(pointer))
        into.nodes.push_back(node);
}

bool meets(const json_condition& wanted, json::value body, const variables& of)
{
    const selection found = select(wanted.of, body, of);
    const auto any = [&](auto matches) {
        return std::any_of(wanted.values.begin(), wanted.values.end(), [&](const text_template& value) {
            const auto filled = value.fill(of);
            return filled && std::any_of(found.nodes.begin(), found.nodes.end(),
                                         [&](json::value node) { return matches(node, *filled); });
        });
    };
    const auto same = [](json::value node, const std::string& text) { return scalar_text(node) == text; };
    const auto same_ci = [](json::value node, const std::string& text) {
        const auto found_text = scalar_text(node);
        return found_text && lower(*found_text) == lower(text);
    };
    const auto is_fillable = [&](const text_template& value) { return value.fill(of).has_value(); };
    const auto& where = wanted.of.where;

    using test = json_condition::test;
    switch (wanted.is) {
    case test::equals:
        return any(same);
    case test::contains_ci:
        return any([](json::value node, const std::string& text) {
            const auto in = node.string();
            return in && lower(*in).find(lower(text)) != std::string::npos;
        });
    case test::none_equals:
        // An answer of another shape, a value we cannot fill in, or an id in other letters (GUIDs are written both
        // ways) must not read as "is not among them".
        return found.was_array && std::all_of(wanted.values.begin(), wanted.values.end(), is_fillable) &&
               std::all_of(where.begin(), where.end(), [&](const auto& w) { return is_fillable(w.second); }) &&
               !any(same_ci);
    case test::non_null:
        return std::any_of(found.nodes.begin(), found.nodes.end(), is_given);
    case test::null_or_missing:
        return std::none_of(found.nodes.begin(), found.nodes.end(), is_given);
    case test::empty_array:
        return found.nodes.size() == 1 && found.nodes.front().kind() == json::kind::array &&
               found.nodes.front().elements().empty();
    }
    return false;
}

bool meets(const header_condition& wanted, const http::headers& in)
{
    const auto value = http::find(in, wanted.name);
    return value && (!wanted.equals || *value == *wanted.equals);
}

}  // namespace

selection select(const selector& wanted, json::value body, const variables& of)
{
    selection found;
    collect(body, wanted.at, wanted.where, of, found);
    return found;
}

std::optional<std::string> scalar_text(json::value node)
{
    if (const auto text = node.string())
        return std::string(*text);
    if (node.kind() == json::kind::number || node.kind() == json::kind::boolean)
        return node.serialize();
    return std::nullopt;
}

bool meets(const rule& wanted, const http::response& got, json::value body, const variables& of)
{
    if (got.status >= wanted.statuses.size() || !wanted.statuses.test(got.status))
        return false;
    if (!wanted.json.empty() && !body)
        return false;
    return std::all_of(wanted.json.begin(), wanted.json.end(), [&](const auto& c) { return meets(c, body, of); }) &&
           std::all_of(wanted.headers.begin(), wanted.headers.end(),
                       [&](const auto& c) { return meets(c, got.headers); });
}

}  // namespace reclaim::connectors
