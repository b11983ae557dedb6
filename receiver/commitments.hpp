#pragma once
// What the log says of people: for each field SHA-256(salt || value), which the salt, kept outside the log, opens. The
// form is that of sql/functions/evidence/commit_to.sql; it is computed here because there each digest costs many times
// as much.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reclaim::receiver {

using personal_fields = std::vector<std::pair<char, std::string>>;  // letter, value

struct commitments {
    std::string salts;        // a letter and 16 bytes for each
    std::string commitments;  // a letter and 32 bytes for each
};

// Draws fresh salts. Without personal fields (what is no approval) both are empty, and the body is not committed to
// either.
commitments commit_to(const personal_fields& fields, std::string_view body);

}  // namespace reclaim::receiver
