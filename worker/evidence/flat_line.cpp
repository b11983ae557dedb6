#include "worker/evidence/flat_line.hpp"

#include <charconv>

namespace reclaim::worker::evidence {
namespace {

// Takes what stands up to the closing quotation mark off the front; nothing when there is none.
std::optional<std::string_view> take_text(std::string_view& from)
{
    for (auto end = from.find('"'); end != std::string_view::npos; end = from.find('"', end + 1)) {
        std::size_t backslashes = 0;
        while (backslashes < end && from[end - 1 - backslashes] == '\\')
            ++backslashes;
        if (backslashes % 2 != 0)
            continue;
        const auto out = from.substr(0, end);
        from.remove_prefix(end + 1);
        return out;
    }
    return std::nullopt;
}

bool take(std::string_view& from, char wanted)
{
    if (from.empty() || from.front() != wanted)
        return false;
    from.remove_prefix(1);
    return true;
}

std::string unescaped(std::string_view text)
{
    std::string out;
    if (text.find('\\') == std::string_view::npos)
        return out.assign(text);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            out += text[at];
            continue;
        }
        if (text[++at] != 'u') {
            out += text[at];
            continue;
        }
        int code = 0;
        const auto digits = text.substr(at + 1, 4);
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        out += static_cast<char>(code);  // below 0x20: nothing else is written so
        at += digits.size();
    }
    return out;
}

}  // namespace

bool flat_line::read(std::string_view line)
{
    members_.clear();
    if (!take(line, '{'))
        return false;
    do {
        if (!take(line, '"'))
            return false;
        const auto name = take_text(line);
        if (!name || !take(line, ':'))
            return false;
        if (take(line, '"')) {
            const auto value = take_text(line);
            if (!value)
                return false;
            members_.push_back({*name, *value, true});
        } else {
            const auto end = line.find_first_not_of("-0123456789");
            if (end == 0 || end == std::string_view::npos)
                return false;
            members_.push_back({*name, line.substr(0, end), false});
            line.remove_prefix(end);
        }
    } while (take(line, ','));
    return line == "}";
}

const flat_line::member* flat_line::find(std::string_view name) const
{
    for (const auto& one : members_)
        if (one.name == name)
            return &one;
    return nullptr;
}

std::optional<std::int64_t> flat_line::integer(std::string_view name) const
{
    const auto* one = find(name);
    std::int64_t out = 0;
    if (!one || one->is_text)
        return std::nullopt;
    const auto end = one->value.data() + one->value.size();
    const auto [stop, failed] = std::from_chars(one->value.data(), end, out);
    if (failed != std::errc() || stop != end)
        return std::nullopt;
    return out;
}

std::optional<std::string> flat_line::text(std::string_view name) const
{
    const auto* one = find(name);
    if (!one || !one->is_text)
        return std::nullopt;
    return unescaped(one->value);
}

std::string_view flat_line::raw(std::string_view name) const
{
    const auto* one = find(name);
    return one ? one->value : std::string_view();
}

std::string flat_line::cell(std::string_view name) const
{
    const auto* one = find(name);
    return !one ? std::string() : one->is_text ? unescaped(one->value) : std::string(one->value);
}

}  // namespace reclaim::worker::evidence
