#include "worker/connectors/call_limits.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace reclaim::connectors {

call_limits call_limits::with(const call_limits& other) const
{
    call_limits out = *this;
    if (other.rate) {
        out.rate = other.rate;
        out.burst = other.burst;  // a burst belongs to its rate
    } else if (other.burst) {
        out.burst = other.burst;
    }
    if (other.concurrency)
        out.concurrency = other.concurrency;
    return out;
}

int call_limits::burst_or_default() const
{
    return burst.value_or(std::max(1, static_cast<int>(std::floor(rate.value_or(0)))));
}

std::optional<double> parse_rate(std::string_view text)
{
    if (text == "none")
        return 0;
    int calls = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), calls);
    const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (error != std::errc() || calls < 1 || calls > 1'000'000)
        return std::nullopt;
    if (unit == "/s")
        return calls;
    if (unit == "/m")
        return calls / 60.0;
    if (unit == "/h")
        return calls / 3600.0;
    return std::nullopt;
}

call_limits read_call_limits(config::table& at)
{
    call_limits out;
    if (const auto text = at.optional_text("rate")) {
        out.rate = parse_rate(*text);
        if (!out.rate)
            at.problem("rate", R"(must be calls per second, minute or hour: "10/s", "600/m", "3600/h", or "none")");
    }
    if (at.has("burst"))
        out.burst = static_cast<int>(at.integer("burst", 1, 1, 1'000'000));
    if (at.has("concurrency"))
        out.concurrency = static_cast<int>(at.integer("concurrency", 0, 0, 100'000));
    return out;
}

}  // namespace reclaim::connectors
