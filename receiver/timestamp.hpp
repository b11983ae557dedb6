#pragma once
// Instants, strictly: a zone is required, and nothing that PostgreSQL would read in another way gets through.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::receiver {

using instant = std::chrono::sys_time<std::chrono::microseconds>;

// Years 1970 to 9000; offsets to 18:00; no second 60, which would name two instants; digits past microseconds are cut.
std::optional<instant> parse_instant(std::string_view text);

// Unix time as Slack ("1548426417.840180") and Jira (1525698237764) write it: 10 digits are seconds, after which a
// fraction may follow, 13 are milliseconds. That cannot be mixed up between the years 2001 and 2286; other lengths are
// refused.
std::optional<instant> parse_unix_time(std::string_view text);

// Which of the two a source's times may be. Not both for everybody: a number that is no time must be noticed.
enum class times { rfc3339, unix_too };

std::string to_text(instant at);  // in UTC, with microseconds: 2026-01-31T09:30:00.000000Z

}  // namespace reclaim::receiver
