#pragma once
// RFC 3339 instants, strictly: a zone is required, and nothing that PostgreSQL would read in another way gets through.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::receiver {

using instant = std::chrono::sys_time<std::chrono::microseconds>;

// Years 1970 to 9000; offsets to 18:00; no second 60, which would name two instants; digits past microseconds are cut.
std::optional<instant> parse_instant(std::string_view text);

std::string to_text(instant at);  // in UTC, with microseconds: 2026-01-31T09:30:00.000000Z

}  // namespace reclaim::receiver
