#pragma once
// The character classes of RFC 9110 and RFC 3986 that the scanner, the encoder and the URL reader agree on. ASCII only:
// a locale must not decide what a header name is.
#include <array>
#include <cstdint>
#include <string_view>

namespace reclaim::http {

enum char_class : std::uint8_t {
    token_char = 1,   // header names, methods
    field_char = 2,   // header values: visible, blank, tab, and bytes from 0x80
    target_char = 4,  // path and query of a request target, '%' included
    digit_char = 8,
};

inline constexpr auto char_classes = [] {
    std::array<std::uint8_t, 256> of{};
    const auto mark = [&of](std::string_view text, char_class as) {
        for (const char c : text)
            of[static_cast<unsigned char>(c)] |= as;
    };
    for (unsigned c = 0; c < of.size(); ++c) {
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (digit)
            of[c] |= digit_char;
        if (digit || letter)
            of[c] |= token_char | target_char;
        if (c == '\t' || (c >= 0x20 && c != 0x7f))
            of[c] |= field_char;
    }
    mark("!#$%&'*+-.^_`|~", token_char);
    mark("-._~!$&'()*+,;=:@/?%", target_char);
    return of;
}();

constexpr bool is(char c, char_class wanted)
{
    return (char_classes[static_cast<unsigned char>(c)] & wanted) != 0;
}

constexpr bool all(std::string_view text, char_class wanted)
{
    for (const char c : text)
        if (!is(c, wanted))
            return false;
    return true;
}

constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool same_text(std::string_view a, std::string_view b)
{
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

// Without the blanks and tabs around it.
constexpr std::string_view trimmed(std::string_view text)
{
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

}  // namespace reclaim::http
