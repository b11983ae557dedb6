#pragma once
// Text from outside, made harmless for the place it is shown in.
#include <string>
#include <string_view>

namespace reclaim::delivery {

// As Markdown inline code. In a code span nothing is interpreted: no link, no mention, no image, no e-mail autolink;
// and the value can still be copied as it is, which escapes or invisible characters inside an address would spoil.
// Empty stays empty.
std::string as_code(std::string_view value);

// One line of at most that many characters, cut with an ellipsis. For titles, which are not Markdown.
std::string as_line(std::string_view value, std::size_t characters_max);

}  // namespace reclaim::delivery
