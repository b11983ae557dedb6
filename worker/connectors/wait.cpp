#include "worker/connectors/wait.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace reclaim::connectors {

namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// A decimal number without sign or exponent, as thousandths, rounded up: sooner than asked is too soon. A number beyond
// any sensible wait is cut to "very long".
std::optional<std::int64_t> parse_thousandths(std::string_view text)
{
    constexpr std::int64_t very_long = 100'000'000'000'000'000;
    const auto point = std::min(text.find('.'), text.size());
    std::string digits(text.substr(0, point));
    std::string fraction(text.substr(std::min(point + 1, text.size())));
    if (digits.empty() || (point < text.size() && fraction.empty()) ||
        (digits + fraction).find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    const bool has_more = fraction.size() > 3 && fraction.find_first_not_of('0', 3) != std::string::npos;
    fraction.resize(3, '0');
    digits += fraction;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc::result_out_of_range ? very_long : std::min(value, very_long) + (has_more ? 1 : 0);
}

std::optional<int> parse_digits(std::string_view text)
{
    int value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

std::optional<std::string_view> only(const http::headers& in, std::string_view name)
{
    return http::count(in, name) == 1 ? http::find(in, name) : std::nullopt;
}

// The vendor's own idea of now, so that a difference of two of its times owes nothing to our clock.
system_clock::time_point vendor_now(const http::headers& in, system_clock::time_point ours)
{
    if (const auto date = only(in, "Date")) {
        if (const auto parsed = parse_http_date(*date))
            return *parsed;
    }
    return ours;
}

std::optional<milliseconds> apply(const wait_rule& rule, const http::headers& in, system_clock::time_point now)
{
    const auto text = only(in, rule.header);
    if (!text)
        return std::nullopt;
    using unit = wait_rule::unit;
    if (rule.in == unit::seconds_or_date) {
        if (const auto date = parse_http_date(*text))
            return std::chrono::duration_cast<milliseconds>(*date - vendor_now(in, now));
    }
    const auto number = parse_thousandths(*text);
    if (!number)
        return std::nullopt;
    if (rule.in == unit::seconds || rule.in == unit::seconds_or_date)
        return milliseconds(*number);
    // Both clocks tick in whole seconds: without one more, the next call could land in the window that is just ending.
    const milliseconds epoch(rule.in == unit::epoch_s ? *number : *number / 1000);
    const auto since = rule.minus_date ? vendor_now(in, now) : now;
    return epoch - std::chrono::duration_cast<milliseconds>(since.time_since_epoch()) + std::chrono::seconds(1);
}

}  // namespace

milliseconds clamp_wait(milliseconds asked)
{
    return std::clamp(asked, wait_min, wait_max);
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text)
{
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::string_view shape = "aaa, 00 aaa 0000 00:00:00 GMT";
    if (text.size() != shape.size() || text.substr(3, 2) != ", " || text.substr(25) != " GMT" || text[7] != ' ' ||
        text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':')
        return std::nullopt;
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    const auto day = parse_digits(text.substr(5, 2)), year = parse_digits(text.substr(12, 4));
    const auto hour = parse_digits(text.substr(17, 2)), minute = parse_digits(text.substr(20, 2)),
               second = parse_digits(text.substr(23, 2));
    if (month == months.end() || !day || !year || !hour || !minute || !second || *hour > 23 || *minute > 59 ||
        *second > 60)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

std::optional<milliseconds> asked_wait(std::span<const wait_rule> rules, const http::headers& in,
                                       system_clock::time_point now)
{
    for (const wait_rule& rule : rules) {
        if (const auto wait = apply(rule, in, now))
            return clamp_wait(*wait);
    }
    return std::nullopt;
}

std::optional<milliseconds> retry_after(const http::headers& in, system_clock::time_point now)
{
    static const wait_rule rule{"Retry-After", wait_rule::unit::seconds_or_date, false};
    return asked_wait({&rule, 1}, in, now);
}

}  // namespace reclaim::connectors
