#include "worker/delivery/plain_text.hpp"

#include <algorithm>

namespace reclaim::delivery {

namespace {

bool is_control(char c)
{
    return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f;
}

std::string without_controls(std::string_view value)
{
    std::string out(value);
    std::replace_if(out.begin(), out.end(), is_control, ' ');
    return out;
}

std::size_t longest_run(std::string_view text, char of)
{
    std::size_t longest = 0, run = 0;
    for (const char c : text) {
        run = c == of ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

}  // namespace

std::string as_code(std::string_view value)
{
    if (value.empty())
        return "";
    std::string text;
    for (const char c : without_controls(value)) {
        // A table cell ends at '|' even inside code, and the rest of the value would be read as Markdown.
        if (c == '|')
            text += "\u00a6";
        else
            text += c;
    }
    // Longer than any run inside, so that nothing in the value can close the span.
    const std::string fence(longest_run(text, '`') + 1, '`');
    const bool pad = text.front() == '`' || text.back() == '`';
    return fence + (pad ? " " + text + " " : text) + fence;
}

std::string as_line(std::string_view value, std::size_t characters_max)
{
    std::string text = without_controls(value);
    const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    if (static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character)) <= characters_max)
        return text;
    std::size_t characters = 0;
    const auto cut = std::find_if(text.begin(), text.end(),
                                  [&](char c) { return starts_character(c) && ++characters == characters_max; });
    text.erase(cut, text.end());
    return text + "\u2026";
}

}  // namespace reclaim::delivery
