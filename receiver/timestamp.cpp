#include "receiver/timestamp.hpp"

#include "common/http/text.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace reclaim::receiver {

namespace {

constexpr int year_min = 1970;
constexpr int year_max = 9000;
constexpr std::chrono::minutes offset_max{18 * 60};

// Takes apart from the left; the first thing that does not fit makes every later answer "no".
class scanner {
public:
    explicit scanner(std::string_view text) : rest_(text) {}

    std::optional<int> digits(std::size_t count)
    {
        if (rest_.size() < count || !http::all(rest_.substr(0, count), http::digit_char))
            return fail();
        int number = 0;
        std::from_chars(rest_.data(), rest_.data() + count, number);
        rest_.remove_prefix(count);
        return number;
    }

    bool skip(char wanted)
    {
        if (rest_.empty() || http::lower(rest_.front()) != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char wanted)
    {
        if (!skip(wanted))
            fail();
    }

    // After the point: at least one digit, the first six count.
    std::chrono::microseconds fraction()
    {
        std::size_t count = 0;
        std::int64_t value = 0;
        for (; !rest_.empty() && http::is(rest_.front(), http::digit_char); ++count, rest_.remove_prefix(1))
            if (count < 6)
                value = value * 10 + (rest_.front() - '0');
        if (count == 0)
            fail();
        for (; count < 6; ++count)
            value *= 10;
        return std::chrono::microseconds(value);
    }

    bool done_well() const { return !failed_ && rest_.empty(); }

private:
    std::nullopt_t fail()
    {
        failed_ = true;
        rest_ = {};
        return std::nullopt;
    }

    std::string_view rest_;
    bool failed_ = false;
};

// What has to be subtracted to come to UTC; none for a zone that does not exist.
std::optional<std::chrono::minutes> read_zone(scanner& in)
{
    if (in.skip('z'))
        return std::chrono::minutes(0);
    const bool east = in.skip('+');
    if (!east)
        in.expect('-');
    const auto hours = in.digits(2);
    in.expect(':');
    const auto minutes = in.digits(2);
    if (!hours || !minutes || *minutes > 59)
        return std::nullopt;
    const std::chrono::minutes offset(*hours * 60 + *minutes);
    if (offset > offset_max)
        return std::nullopt;
    return east ? offset : -offset;
}

}  // namespace

std::optional<instant> parse_instant(std::string_view text)
{
    scanner in(text);
    const auto year = in.digits(4);
    in.expect('-');
    const auto month = in.digits(2);
    in.expect('-');
    const auto day = in.digits(2);
    in.expect('t');
    const auto hour = in.digits(2);
    in.expect(':');
    const auto minute = in.digits(2);
    in.expect(':');
    const auto second = in.digits(2);
    const auto fraction = in.skip('.') ? in.fraction() : std::chrono::microseconds(0);
    const auto offset = read_zone(in);
    if (!in.done_well() || !offset)
        return std::nullopt;

    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    const bool exists =
        date.ok() && *year >= year_min && *year <= year_max && *hour <= 23 && *minute <= 59 && *second <= 59;
    if (!exists)
        return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second) + fraction - *offset;
}

std::optional<instant> parse_unix_time(std::string_view text)
{
    const std::string_view whole = text.substr(0, text.find('.'));
    const bool milliseconds = whole.size() == 13 && whole.size() == text.size();
    if ((whole.size() != 10 && !milliseconds) || whole.front() == '0' || !http::all(whole, http::digit_char))
        return std::nullopt;
    std::int64_t count = 0;
    std::from_chars(whole.data(), whole.data() + whole.size(), count);
    if (milliseconds)
        return instant(std::chrono::milliseconds(count));
    scanner in(text.substr(whole.size()));
    const auto fraction = in.skip('.') ? in.fraction() : std::chrono::microseconds(0);
    if (!in.done_well())
        return std::nullopt;
    return instant(std::chrono::seconds(count)) + fraction;
}

std::string to_text(instant at)
{
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    std::array<char, 40> text;
    const int length =
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                      static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace reclaim::receiver
