#include "common/config/duration.hpp"

#include <charconv>
#include <cstdint>
#include <limits>

namespace reclaim::config {

namespace {

struct unit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr unit units[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text)
{
    std::int64_t count = 0;
    const char* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, count);
    if (failure != std::errc{} || count < 0 || text.front() == '-')
        return std::nullopt;
    const std::string_view name(stop, static_cast<std::size_t>(end - stop));
    for (const unit& u : units)
        if (u.name == name && count <= std::numeric_limits<std::int64_t>::max() / u.milliseconds)
            return std::chrono::milliseconds(count * u.milliseconds);
    return std::nullopt;
}

std::string to_text(std::chrono::milliseconds duration)
{
    if (duration.count() == 0)
        return "0s";
    for (const unit& u : units)
        if (duration.count() % u.milliseconds == 0)
            return std::to_string(duration.count() / u.milliseconds).append(u.name);
    return {};
}

}  // namespace reclaim::config
