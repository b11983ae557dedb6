#include "common/json/text.hpp"

namespace reclaim::json {

namespace {

struct lead {
    std::size_t length_bytes;
    char32_t bits;
    char32_t least;  // a smaller code point has a shorter form, and only the shortest is UTF-8
};

lead read_lead(unsigned char byte)
{
    if ((byte & 0xE0u) == 0xC0)
        return {2, byte & 0x1Fu, 0x80};
    if ((byte & 0xF0u) == 0xE0)
        return {3, byte & 0x0Fu, 0x800};
    if ((byte & 0xF8u) == 0xF0)
        return {4, byte & 0x07u, 0x10000};
    return {0, 0, 0};
}

bool is_surrogate(char32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

bool is_non_character(char32_t code)
{
    return (code & 0xFFFEu) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

}  // namespace

text_step first_step(std::string_view text)
{
    constexpr text_step broken{1, text_fault::not_utf8};
    const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    if (byte(0) < 0x80)
        return {1, byte(0) == 0 ? text_fault::nul : text_fault::none};

    auto [length, code, least] = read_lead(byte(0));
    if (length == 0 || length > text.size())
        return broken;
    for (std::size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xC0u) != 0x80)
            return broken;
        code = (code << 6) | (byte(at) & 0x3Fu);
    }
    if (code < least || code > 0x10FFFF || is_surrogate(code))
        return broken;
    return {length, is_non_character(code) ? text_fault::non_character : text_fault::none};
}

text_fault find_fault(std::string_view text)
{
    while (!text.empty()) {
        const text_step step = first_step(text);
        if (step.fault != text_fault::none)
            return step.fault;
        text.remove_prefix(step.length_bytes);
    }
    return text_fault::none;
}

}  // namespace reclaim::json
