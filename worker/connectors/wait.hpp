#pragma once
// How long a vendor asks us to stay away, read from its headers. Whatever they say, the wait is between one second and
// one hour: a stranger may neither make us spin nor stop us for good.
#include "common/http/message.hpp"
#include "worker/connectors/rules.hpp"

#include <chrono>
#include <optional>
#include <span>

namespace reclaim::connectors {

constexpr std::chrono::milliseconds wait_min = std::chrono::seconds(1);
constexpr std::chrono::milliseconds wait_max = std::chrono::hours(1);

std::chrono::milliseconds clamp_wait(std::chrono::milliseconds asked);

// IMF-fixdate of RFC 9110, the only form senders may still produce: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

// The first rule whose header is there exactly once and readable decides; nothing when none does. A header sent twice,
// or joined by a comma on its way, cannot be trusted and is passed over.
std::optional<std::chrono::milliseconds> asked_wait(std::span<const wait_rule> rules, const http::headers& in,
                                                    std::chrono::system_clock::time_point now);

// Retry-After alone, which is all that most senders know.
std::optional<std::chrono::milliseconds> retry_after(const http::headers& in,
                                                     std::chrono::system_clock::time_point now);

}  // namespace reclaim::connectors
