#pragma once
// Durations as people write them: a whole number and one unit, "250ms", "15s", "10m", "72h", "7d".
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::config {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string to_text(std::chrono::milliseconds duration);  // in the largest unit that divides it

}  // namespace reclaim::config
