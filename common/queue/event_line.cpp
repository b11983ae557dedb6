#include "common/queue/event_line.hpp"

#include <chrono>
#include <cstdio>
#include <limits>
#include <stdexcept>

namespace reclaim::queue {
void append_quoted(std::string& out, std::string_view text)
{
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20) {
            out.append("\\u00").append(1, hex[byte >> 4]).append(1, hex[byte & 15]);
            continue;
        }
        if (c == '"' || c == '\\')
            out += '\\';
        out += c;
    }
    out += '"';
}

std::string utc_text(std::int64_t microseconds_since_2000)
{
    using namespace std::chrono;
    if (microseconds_since_2000 == std::numeric_limits<std::int64_t>::max())
        return "infinity";
    if (microseconds_since_2000 == std::numeric_limits<std::int64_t>::min())
        return "-infinity";
    const auto at = sys_days(year(2000) / 1 / 1) + microseconds(microseconds_since_2000);
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss time(at - day);
    char out[48];
    std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
    return out;
}

std::optional<std::int64_t> parse_utc_text(std::string_view text)
{
    using namespace std::chrono;
    int y = 0, h = 0, mi = 0, s = 0, fraction = 0, read = 0;
    unsigned mo = 0, d = 0;
    const std::string copy(text);
    if (std::sscanf(copy.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d.%6dZ%n", &y, &mo, &d, &h, &mi, &s, &fraction, &read) != 7 ||
        read != static_cast<int>(copy.size()))
        return std::nullopt;
    const year_month_day date{year(y), month(mo), day(d)};
    if (!date.ok())
        return std::nullopt;
    const auto at = sys_days(date) + hours(h) + minutes(mi) + seconds(s) + microseconds(fraction);
    const auto out = duration_cast<microseconds>(at - sys_days(year(2000) / 1 / 1)).count();
    // Written anew it must be the same: no sign, no blank, no 25th hour.
    return utc_text(out) == text ? std::optional(out) : std::nullopt;
}

std::string event_line(const pg::rows& from, int row)
{
    std::string out;
    for (int column = 0; column < from.columns(); ++column) {
        if (from.is_null(row, column))
            continue;
        out += out.empty() ? '{' : ',';
        append_quoted(out, from.name(column));
        out += ':';
        switch (from.kind_of(column)) {
        case pg::rows::kind::integer:
            out += std::to_string(from.integer(row, column));
            break;
        case pg::rows::kind::text:
            append_quoted(out, from.text(row, column));
            break;
        case pg::rows::kind::timestamp:
            append_quoted(out, utc_text(from.timestamp(row, column)));
            break;
        case pg::rows::kind::other:
            throw std::logic_error("reclaim.log_event has a column of a type that has no canonical form: " +
                                   std::string(from.name(column)));
        }
    }
    return out + '}';
}

}  // namespace reclaim::queue
