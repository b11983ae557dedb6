#include "worker/connectors/text_template.hpp"

#include <algorithm>
#include <optional>

namespace reclaim::connectors {

namespace {

bool is_name(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

void append_percent_encoded(std::string& out, std::string_view bytes, std::string_view also_kept = "")
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : bytes) {
        if (unreserved.find(c) != std::string_view::npos || also_kept.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
}

// What a recipe's own words may keep as they are, because vendors' examples show them so: "$select=id,userName".
constexpr std::string_view plain_in_query = "$,:/@";

}  // namespace

std::string encode_query(std::string_view text)
{
    std::string out;
    append_percent_encoded(out, text);
    return out;
}

result<text_template> text_template::parse(std::string_view text)
{
    text_template made;
    made.source_ = text;
    while (!text.empty()) {
        const auto brace = text.find_first_of("{}");
        if (brace != 0)
            made.pieces_.push_back({std::string(text.substr(0, brace)), false, 0});
        if (brace == std::string_view::npos)
            break;
        if (text[brace] == '}')
            return std::string("has a '}' without its '{'");
        const auto end = text.find('}', brace);
        if (end == std::string_view::npos)
            return std::string("has a '{' without its '}'");
        const auto name = text.substr(brace + 1, end - brace - 1);
        if (!is_name(name))
            return std::string("has braces around something that is no variable name (a-z, 0-9, _)");
        made.pieces_.push_back({std::string(name), true, 0});
        text.remove_prefix(end + 1);
    }
    made.find_quotes();
    return made;
}

std::vector<std::string> text_template::names() const
{
    std::vector<std::string> found;
    for (const piece& p : pieces_) {
        if (p.is_variable)
            found.push_back(p.text);
    }
    return found;
}

result<std::string, unfilled> text_template::value_of(const piece& from, const variables& in)
{
    const auto found = in.find(from.text);
    if (found == in.end())
        return unfilled(from.text, "has no value");
    const std::string& value = found->second;
    if (value.empty())
        return unfilled(from.text, "is empty: the request would mean everybody");
    if (from.quote == 0)
        return value;
    if (std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
        return unfilled(from.text, "holds a control character, which cannot stand between quotes");
    if (from.quote == '\'' && value.find_first_of("'\\") != std::string::npos)
        return unfilled(from.text, "holds a quote or a backslash: it would end the quoted text around it");
    std::string escaped;
    for (const char c : value) {
        if (from.quote == '"' && (c == '"' || c == '\\'))
            escaped += '\\';
        escaped += c;
    }
    return escaped;
}

// A variable stands between quotes when a mark is open before it and closed after it.
void text_template::find_quotes()
{
    char open = 0;
    std::size_t first_inside = 0;  // of the pieces since the mark was opened
    for (std::size_t at = 0; at < pieces_.size(); ++at) {
        if (pieces_[at].is_variable)
            continue;
        for (const char c : pieces_[at].text) {
            if (open == 0 && (c == '"' || c == '\'')) {
                open = c;
                first_inside = at;
            } else if (c == open && open != 0) {
                for (std::size_t inside = first_inside; inside < at; ++inside)
                    pieces_[inside].quote = open;
                open = 0;
            }
        }
    }
}

result<std::string, unfilled> text_template::fill(const variables& from) const
{
    std::string out;
    for (const piece& p : pieces_) {
        if (!p.is_variable) {
            out += p.text;
            continue;
        }
        const auto value = value_of(p, from);
        if (!value)
            return value.error();
        out += *value;
    }
    return out;
}

result<std::string, unfilled> text_template::fill_path(const variables& from) const
{
    std::string out;
    for (const piece& p : pieces_) {
        if (!p.is_variable) {
            out += p.text;
            continue;
        }
        const auto value = value_of(p, from);
        if (!value)
            return value.error();
        if (value->find_first_not_of('.') == std::string::npos)
            return unfilled(p.text, "is made of dots: the path would name another resource");
        append_percent_encoded(out, *value);
    }
    return out;
}

result<std::string, unfilled> text_template::fill_query(const variables& from) const
{
    std::string out;
    for (const piece& p : pieces_) {
        if (!p.is_variable) {
            append_percent_encoded(out, p.text, plain_in_query);
            continue;
        }
        const auto value = value_of(p, from);
        if (!value)
            return value.error();
        append_percent_encoded(out, *value);
    }
    return out;
}

namespace {

// Visits every string of the document; member names are structure and stay as they are.
template <class Visit>
void each_string(json::value node, const Visit& visit)
{
    if (const auto text = node.string())
        visit(*text);
    for (const auto& element : node.elements())
        each_string(element, visit);
    for (const auto& [name, member] : node.members())
        each_string(member, visit);
}

template <class Fill>
void write_filled(json::writer& out, json::value node, const Fill& fill)
{
    switch (node.kind()) {
    case json::kind::object:
        out.begin_object();
        for (const auto& [name, member] : node.members()) {
            out.key(name);
            write_filled(out, member, fill);
        }
        out.end_object();
        break;
    case json::kind::array:
        out.begin_array();
        for (const auto& element : node.elements())
            write_filled(out, element, fill);
        out.end_array();
        break;
    case json::kind::string:
        out.string(fill(*node.string()));
        break;
    case json::kind::missing:
    case json::kind::null:
    case json::kind::boolean:
    case json::kind::number:
        out.raw(node.serialize());
        break;
    }
}

}  // namespace

result<json_template> json_template::parse(std::string_view json_text)
{
    auto shape = json::document::parse(json_text);
    if (!shape)
        return "is not JSON: " + shape.error().what;
    json_template made;
    std::optional<std::string> wrong;
    each_string(shape->root(), [&](std::string_view text) {
        auto parsed = text_template::parse(text);
        if (parsed)
            made.strings_.insert_or_assign(std::string(text), std::move(*parsed));
        else
            wrong = parsed.error();
    });
    if (wrong)
        return *wrong;
    made.shape_ = std::move(*shape);
    return made;
}

std::vector<std::string> json_template::names() const
{
    std::vector<std::string> found;
    for (const auto& [text, parsed] : strings_) {
        const auto names = parsed.names();
        found.insert(found.end(), names.begin(), names.end());
    }
    return found;
}

result<std::string, unfilled> json_template::fill(const variables& from) const
{
    std::map<std::string, std::string, std::less<>> filled;
    for (const auto& [text, parsed] : strings_) {
        auto value = parsed.fill(from);
        if (!value)
            return value.error();
        filled.emplace(text, std::move(*value));
    }
    json::writer out;
    write_filled(out, shape_.root(),
                 [&](std::string_view text) -> std::string_view { return filled.find(text)->second; });
    return out.take();
}

}  // namespace reclaim::connectors
