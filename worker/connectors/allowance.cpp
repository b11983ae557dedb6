#include "worker/connectors/allowance.hpp"

#include "worker/connectors/wait.hpp"

#include <algorithm>
#include <charconv>

namespace reclaim::connectors {
namespace {

std::optional<std::int64_t> number_in(const http::headers& in, const std::string& name)
{
    if (http::count(in, name) != 1)
        return std::nullopt;
    const std::string_view text = *http::find(in, name);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

}  // namespace

std::optional<slowdown> find_slowdown(const allowance_rule& rule, const http::headers& in,
                                      std::chrono::system_clock::time_point now)
{
    constexpr int low = 5;  // less than one in five
    const auto left = number_in(in, rule.left), of = number_in(in, rule.of);
    if (!left || !of || *of == 0 || *left >= *of / low)
        return std::nullopt;
    const auto wait = asked_wait({&rule.reset, 1}, in, now);
    if (!wait)
        return std::nullopt;
    return slowdown{*wait / std::max<std::int64_t>(*left, 1), *wait};
}

}  // namespace reclaim::connectors
