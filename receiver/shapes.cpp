#include "receiver/shapes.hpp"

#include "common/http/text.hpp"

#include <algorithm>

namespace reclaim::receiver {

namespace {

constexpr std::size_t text_bytes_max = 256;
constexpr std::size_t long_text_bytes_max = 2048;
constexpr std::size_t app_bytes_max = 64;
constexpr std::size_t words_max = 32;
constexpr std::int64_t exact_max = (std::int64_t{1} << 53) - 1;  // beyond it, senders in JavaScript round
constexpr std::chrono::minutes clock_allowance{5};

struct range {
    char32_t first, last;
};

constexpr range controls[] = {{0x00, 0x1f}, {0x7f, 0x9f}, {0x2028, 0x2029}};

// Invisible, or able to reorder what is read: two identifiers that differ only in these look the same to an approver.
constexpr range deceptive[] = {{0xad, 0xad},     {0x61c, 0x61c},   {0x180e, 0x180e}, {0x200b, 0x200f},
                               {0x202a, 0x202e}, {0x2060, 0x2069}, {0xfeff, 0xfeff}, {0xe0000, 0xe007f}};

template <std::size_t N>
bool is_in(const range (&ranges)[N], char32_t c)
{
    return std::any_of(std::begin(ranges), std::end(ranges), [c](range r) { return c >= r.first && c <= r.last; });
}

// The text is well-formed UTF-8: the JSON reader took it.
char32_t take_character(std::string_view& text)
{
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t c = length == 1 ? first : first & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i)
        c = (c << 6) | (static_cast<unsigned char>(text[i]) & 0x3fu);
    text.remove_prefix(length);
    return c;
}

template <class Allowed>
bool all_characters(std::string_view text, Allowed allowed)
{
    while (!text.empty())
        if (!allowed(take_character(text)))
            return false;
    return true;
}

bool has_length(std::string_view text, std::size_t most)
{
    return !text.empty() && text.size() <= most;
}

bool is_app_name(std::string_view text)
{
    const auto first = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return has_length(text, app_bytes_max) && first(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return first(c) || c == '_' || c == '-'; });
}

bool is_identifier(std::string_view text)
{
    return has_length(text, text_bytes_max) &&
           all_characters(text, [](char32_t c) { return !is_in(controls, c) && !is_in(deceptive, c); });
}

bool is_url(std::string_view text)
{
    return has_length(text, long_text_bytes_max) &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_prose(std::string_view text)
{
    const auto allowed = [](char32_t c) { return c == '\n' || c == '\r' || c == '\t' || !is_in(controls, c); };
    return has_length(text, long_text_bytes_max) && all_characters(text, allowed);
}

bool is_currency(std::string_view text)
{
    return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool write_text(json::writer& out, std::string_view name, json::value from, bool (*fits)(std::string_view))
{
    const auto text = from.string();
    if (!text || !fits(*text))
        return false;
    out.member(name, *text);
    return true;
}

bool write_words(json::writer& out, std::string_view name, json::value from)
{
    const auto words = from.elements();
    if (from.kind() != json::kind::array || words.size() > words_max)
        return false;
    if (!std::all_of(words.begin(), words.end(),
                     [](json::value w) { return w.string() && is_identifier(*w.string()); }))
        return false;
    out.key(name).raw(from.serialize());
    return true;
}

bool write_integer(json::writer& out, std::string_view name, json::value from, std::int64_t least)
{
    const auto number = from.integer();
    if (!number || *number < least || *number > exact_max)
        return false;
    out.member(name, *number);
    return true;
}

std::optional<instant> read_instant(json::value from, times form)
{
    const auto number = form == times::unix_too ? from.integer() : std::nullopt;
    if (number)
        return parse_unix_time(std::to_string(*number));
    const auto text = from.string();
    if (!text)
        return std::nullopt;
    const auto at = parse_instant(*text);
    return at || form == times::rfc3339 ? at : parse_unix_time(*text);
}

bool write_instant(json::writer& out, std::string_view name, const std::optional<instant>& at, instant latest)
{
    if (!at || *at > latest)
        return false;
    out.member(name, to_text(*at));
    return true;
}

}  // namespace

bool write_shaped(json::writer& out, std::string_view name, json::value from, shape wanted, instant now, times form)
{
    switch (wanted) {
    case shape::app_name:
        return write_text(out, name, from, is_app_name);
    case shape::identifier:
        return write_text(out, name, from, is_identifier);
    case shape::url:
        return write_text(out, name, from, is_url);
    case shape::prose:
        return write_text(out, name, from, is_prose);
    case shape::epoch:
        return write_integer(out, name, from, 1);
    case shape::minor_units:
        return write_integer(out, name, from, 0);
    case shape::currency:
        return write_text(out, name, from, is_currency);
    case shape::words:
        return write_words(out, name, from);
    case shape::instant:
        return write_instant(out, name, read_instant(from, form), instant::max());
    case shape::past_instant:
        return write_instant(out, name, read_instant(from, form), now + clock_allowance);
    }
    return false;
}

std::string_view describe(shape wanted, times form)
{
    switch (wanted) {
    case shape::app_name:
        return "text of 1 to 64 characters a-z, 0-9, '_' and '-', beginning with a letter or digit";
    case shape::identifier:
        return "text of 1 to 256 bytes without control, invisible or direction-changing characters";
    case shape::url:
        return "a URL of 1 to 2048 visible ASCII characters";
    case shape::prose:
        return "text of 1 to 2048 bytes without control characters other than line breaks and tabs";
    case shape::epoch:
        return "a whole number from 1 to 9007199254740991";
    case shape::minor_units:
        return "a whole number from 0 to 9007199254740991";
    case shape::currency:
        return "three upper-case letters";
    case shape::words:
        return "a list of at most 32 texts of 1 to 256 bytes without control, invisible or direction-changing "
               "characters";
    case shape::instant:
        return form == times::rfc3339 ? "an RFC 3339 date and time with a zone, such as 2026-01-31T09:30:00Z"
                                      : "an RFC 3339 date and time with a zone, such as 2026-01-31T09:30:00Z, or Unix "
                                        "time of 10 digits (seconds) or 13 (milliseconds)";
    case shape::past_instant:
        return form == times::rfc3339
                   ? "an RFC 3339 date and time with a zone, such as 2026-01-31T09:30:00Z, not in the future"
                   : "an RFC 3339 date and time with a zone, such as 2026-01-31T09:30:00Z, or Unix time of 10 digits "
                     "(seconds) or 13 (milliseconds), not in the future";
    }
    return "";
}

}  // namespace reclaim::receiver
