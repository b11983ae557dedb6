#include "receiver/body_form.hpp"

#include "common/crypto/encoding.hpp"
#include "common/http/text.hpp"

#include <algorithm>

namespace reclaim::receiver {

namespace {

constexpr std::string_view json_type = "application/json";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

bool is_of_type(const http::headers& in, std::string_view wanted)
{
    const auto type = http::find(in, "content-type");
    if (!type || http::count(in, "content-type") != 1 || http::count(in, "content-encoding") != 0)
        return false;
    const auto semicolon = std::min(type->find(';'), type->size());
    if (!http::same_text(http::trimmed(type->substr(0, semicolon)), wanted))
        return false;
    const auto parameter = http::trimmed(type->substr(std::min(semicolon + 1, type->size())));
    return parameter.empty() || http::same_text(parameter, "charset=utf-8") ||
           http::same_text(parameter, "charset=\"utf-8\"");
}

// Strict: a '%' without two hex digits is no encoding of anything.
std::optional<std::string> decode(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        if (text.front() != '%') {
            out += text.front() == '+' ? ' ' : text.front();
            text.remove_prefix(1);
            continue;
        }
        const auto byte = crypto::from_hex(text.substr(1, 2));
        if (!byte || byte->size() != 1)
            return std::nullopt;
        out += *byte;
        text.remove_prefix(3);
    }
    return out;
}

}  // namespace

std::optional<body_form> body_form::parse(std::string_view text)
{
    constexpr std::string_view prefix = "form:";
    body_form out;
    if (text == "json")
        return out;
    if (!text.starts_with(prefix) || text.size() == prefix.size())
        return std::nullopt;
    out.field_ = text.substr(prefix.size());
    return out;
}

bool body_form::fits(const http::headers& in) const
{
    return is_of_type(in, field_.empty() ? json_type : form_type);
}

bool body_form::fits_some(const http::headers& in)
{
    return is_of_type(in, json_type) || is_of_type(in, form_type);
}

std::optional<std::string_view> body_form::json_of(std::string_view body, std::string& unpacked) const
{
    if (field_.empty())
        return body;
    bool found = false;
    while (!body.empty()) {
        const std::string_view pair = body.substr(0, body.find('&'));
        body.remove_prefix(std::min(pair.size() + 1, body.size()));
        const auto equals = std::min(pair.find('='), pair.size());
        const auto name = decode(pair.substr(0, equals));
        auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value)
            return std::nullopt;
        if (*name != field_)
            continue;
        if (std::exchange(found, true))
            return std::nullopt;
        unpacked = std::move(*value);
    }
    return found ? std::optional<std::string_view>(unpacked) : std::nullopt;
}

}  // namespace reclaim::receiver
