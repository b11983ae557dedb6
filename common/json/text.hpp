#pragma once
// What a JSON string may hold, for reader and writer alike: well-formed UTF-8 without NUL (PostgreSQL stores none) and
// without non-characters (RFC 7493, I-JSON, forbids them).
#include <cstddef>
#include <string_view>

namespace reclaim::json {

enum class text_fault { none, not_utf8, nul, non_character };

struct text_step {
    std::size_t length_bytes;  // 1 for a byte that begins no UTF-8 sequence
    text_fault fault;
};

// Looks at the first character of a text that is not empty.
text_step first_step(std::string_view text);

// The first fault in the whole text.
text_fault find_fault(std::string_view text);

}  // namespace reclaim::json
