#include "worker/connectors/wait.hpp"
#include "worker/delivery/linear_answer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace reclaim::delivery {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds wait_unsaid = std::chrono::seconds(60);
constexpr milliseconds refill_period = std::chrono::hours(1);

std::optional<std::int64_t> number(const http::headers& in, const std::string& name)
{
    const auto text = http::find(in, name);
    std::int64_t value = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ptr != text->data() + text->size())
        return std::nullopt;
    return value;
}

// Nothing when this bucket is not the one that ran dry.
std::optional<milliseconds> refill(const http::headers& in, const std::string& bucket, std::int64_t cost,
                                   std::chrono::system_clock::time_point now)
{
    const auto limit = number(in, bucket + "-Limit");
    const auto remaining = number(in, bucket + "-Remaining");
    if (!limit || !remaining || *limit <= 0 || *remaining >= cost)
        return std::nullopt;
    const auto missing = static_cast<double>(cost - std::max<std::int64_t>(*remaining, 0));
    const auto share = missing / static_cast<double>(*limit) * static_cast<double>(refill_period.count());
    const milliseconds wait(static_cast<std::int64_t>(std::min(share, static_cast<double>(refill_period.count()))));
    const connectors::wait_rule reset{bucket + "-Reset", connectors::wait_rule::unit::epoch_ms, true};
    return std::min(wait, connectors::asked_wait({&reset, 1}, in, now).value_or(wait));
}

}  // namespace

milliseconds linear_wait(const http::headers& in, std::chrono::system_clock::time_point now)
{
    if (const auto said = connectors::retry_after(in, now))
        return *said;
    const std::int64_t points = std::max<std::int64_t>(number(in, "X-Complexity").value_or(1), 1);
    const auto longest =
        std::max({refill(in, "X-RateLimit-Requests", 1, now), refill(in, "X-RateLimit-Endpoint-Requests", 1, now),
                  refill(in, "X-RateLimit-Complexity", points, now)});
    return connectors::clamp_wait(longest.value_or(wait_unsaid));
}

}  // namespace reclaim::delivery
