#pragma once
// What opens a commitment of the log: the value and its salt. A pack keeps them in a file of their own, so that it can
// be handed on without a name.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reclaim::worker::evidence {

struct disclosure {
    std::int64_t leaf_index = 0;
    char letter = 0;    // s u a r p w b, see docs/AUDITORS.md
    std::string salt;   // 16 bytes
    std::string value;  // as it was committed to
};

constexpr char body_letter = 'b';  // its value is written in base64, every other as text

// The salt of that letter in what the database keeps, 17 bytes for each field; nothing when it was erased.
std::optional<std::string> salt_of(std::string_view salts, char letter);
std::string line(const disclosure& what);  // one line of JSON, without the newline

// Letters and digests of an event's commitments, in their order; nothing when the bytes have not that shape.
// Views into the bytes.
std::optional<std::vector<std::pair<char, std::string_view>>> split_commitments(std::string_view bytes);

}  // namespace reclaim::worker::evidence
