#pragma once
// The canonical bytes of an event: its row of reclaim.log_event as one line of JSON. Columns in their order, null left
// out, no blanks; numbers in decimal, instants as UTC text with six decimals, strings as they are but for the quotation
// mark and the backslash, which a backslash precedes, and what is below U+0020, which is written \u00xx in lower case.
// Sealer, export and every verifier hash these bytes and no others: a change here breaks every seal ever made.
#include "common/pg/rows.hpp"

#include <string>

namespace reclaim::queue {

// Without the newline. Throws std::logic_error for a column of another type than integer, text or timestamp.
std::string event_line(const pg::rows& from, int row);

// Microseconds since 2000 as 2026-01-31T09:30:00.000000Z; the far ends as infinity and -infinity.
std::string utc_text(std::int64_t microseconds_since_2000);

}  // namespace reclaim::queue
