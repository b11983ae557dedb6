#include "common/queue/event_line.hpp"

#include <chrono>
#include <cstdio>
#include <limits>
#include <stdexcept>

namespace reclaim::queue {
namespace {

void append_string(std::string& out, std::string_view text)
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

}  // namespace

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

std::string event_line(const pg::rows& from, int row)
{
    std::string out;
    for (int column = 0; column < from.columns(); ++column) {
        if (from.is_null(row, column))
            continue;
        out += out.empty() ? '{' : ',';
        append_string(out, from.name(column));
        out += ':';
        switch (from.kind_of(column)) {
        case pg::rows::kind::integer:
            out += std::to_string(from.integer(row, column));
            break;
        case pg::rows::kind::text:
            append_string(out, from.text(row, column));
            break;
        case pg::rows::kind::timestamp:
            append_string(out, utc_text(from.timestamp(row, column)));
            break;
        case pg::rows::kind::other:
            throw std::logic_error("reclaim.log_event has a column of a type that has no canonical form: " +
                                   std::string(from.name(column)));
        }
    }
    return out + '}';
}

}  // namespace reclaim::queue
