#pragma once
// One segment of a URL path: an approval's id may hold any character, '/' included.
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::receiver {

std::string encode_segment(std::string_view text);
// Nothing for a broken escape, and for bytes that are no text (invalid UTF-8, NUL).
std::optional<std::string> decode_segment(std::string_view segment);

}  // namespace reclaim::receiver
