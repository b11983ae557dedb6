#pragma once
// The canonical bytes of an event: its row of reclaim.log_event as one line of JSON. Columns in their order, null left
// out, no blanks; numbers in decimal, instants as UTC text with six decimals, strings as they are but for the quotation
// mark and the backslash, which a backslash precedes, and what is below U+0020, which is written \u00xx in lower case.
// Sealer, export and every verifier hash these bytes and no others: a change here breaks every seal ever made.
#include "common/pg/rows.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::queue {

// Without the newline. Throws std::logic_error for a column of another type than integer, text or timestamp.
std::string event_line(const pg::rows& from, int row);

// Text between quotation marks, escaped as above: also how what belongs to an export but is not sealed is written.
void append_quoted(std::string& out, std::string_view text);

// Microseconds since 2000 as 2026-01-31T09:30:00.000000Z; the far ends as infinity and -infinity.
std::string utc_text(std::int64_t microseconds_since_2000);
// The other way; nothing for what is not an instant in exactly that form.
std::optional<std::int64_t> parse_utc_text(std::string_view text);

}  // namespace reclaim::queue
