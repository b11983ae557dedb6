#pragma once
// Reads a line as event_line.hpp writes it: one JSON object of texts and whole numbers, without blanks. A verifier
// reads millions of them, and what is not of that form was not written by a sealer: hence no general parser.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::worker::evidence {

class flat_line {
public:
    // False when it is not of that form. Keeps views into the line, which must outlive them.
    bool read(std::string_view line);

    std::optional<std::int64_t> integer(std::string_view name) const;
    std::optional<std::string> text(std::string_view name) const;
    // The text as it stands in the line: equal to text() but for escapes. Empty when there is none.
    std::string_view raw(std::string_view name) const;
    // Text or number as text; empty when there is none.
    std::string cell(std::string_view name) const;

private:
    struct member {
        std::string_view name, value;
        bool is_text;
    };
    const member* find(std::string_view name) const;

    std::vector<member> members_;
};

}  // namespace reclaim::worker::evidence
