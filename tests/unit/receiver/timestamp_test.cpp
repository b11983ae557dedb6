#include "receiver/timestamp.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::receiver;

namespace {

std::string normal(std::string_view text)
{
    const auto at = parse_instant(text);
    return at ? to_text(*at) : "refused";
}

}  // namespace

TEST_CASE("instants are normalised to UTC with microseconds")
{
    CHECK(normal("2026-01-31T09:30:00Z") == "2026-01-31T09:30:00.000000Z");
    CHECK(normal("2026-01-31t09:30:00z") == "2026-01-31T09:30:00.000000Z");
    CHECK(normal("2026-01-31T09:30:00.5Z") == "2026-01-31T09:30:00.500000Z");
    CHECK(normal("2026-01-31T09:30:00.123456789Z") == "2026-01-31T09:30:00.123456Z");
    CHECK(normal("2026-01-01T00:30:00+01:00") == "2025-12-31T23:30:00.000000Z");
    CHECK(normal("2026-12-31T23:30:00-00:45") == "2027-01-01T00:15:00.000000Z");
    CHECK(normal("2026-01-31T09:30:00+18:00") == "2026-01-30T15:30:00.000000Z");
    CHECK(normal("2024-02-29T00:00:00-00:00") == "2024-02-29T00:00:00.000000Z");
    CHECK(normal("9000-12-31T23:59:59.999999Z") == "9000-12-31T23:59:59.999999Z");
}

TEST_CASE("an instant must have a zone and exist")
{
    for (const auto* text : {"",
                             "2026-01-31",
                             "2026-01-31T09:30:00",
                             "2026-01-31T09:30Z",
                             "2026-01-31 09:30:00Z",
                             "2026-1-31T09:30:00Z",
                             "2026-01-31T09:30:00+18:01",
                             "2026-01-31T09:30:00+24:00",
                             "2026-01-31T09:30:00+01:60",
                             "2026-01-31T09:30:00+0100",
                             "2026-01-31T09:30:00+01",
                             "2026-01-31T24:00:00Z",
                             "2026-01-31T09:60:00Z",
                             "2016-12-31T23:59:60Z",
                             "2026-02-29T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "2026-13-01T00:00:00Z",
                             "2026-01-00T00:00:00Z",
                             "9001-01-01T00:00:00Z",
                             "1969-12-31T23:59:59Z",
                             "+2026-01-31T09:30:00Z",
                             "2026-01-31T09:30:00.Z",
                             "2026-01-31T09:30:00,5Z",
                             "2026-01-31T09:30:00Zx",
                             " 2026-01-31T09:30:00Z",
                             "2026-01-31T09:30:00 Z",
                             "now",
                             "infinity",
                             "2026-01-31T09:30:00Europe/Zurich"}) {
        INFO(text);
        CHECK(normal(text) == "refused");
    }
}

TEST_CASE("Unix time is 10 digits of seconds, which may have a fraction, or 13 of milliseconds")
{
    const auto unix_time = [](std::string_view text) {
        const auto at = parse_unix_time(text);
        return at ? to_text(*at) : "refused";
    };
    CHECK(unix_time("1548426417.840180") == "2019-01-25T14:26:57.840180Z");
    CHECK(unix_time("1548426417") == "2019-01-25T14:26:57.000000Z");
    CHECK(unix_time("1548426417.8") == "2019-01-25T14:26:57.800000Z");
    CHECK(unix_time("1525698237764") == "2018-05-07T13:03:57.764000Z");
    CHECK(unix_time("9999999999") == "2286-11-20T17:46:39.000000Z");
    for (const auto* text : {"", "0", "154842641", "15484264171", "154842641712", "15484264171234", "0548426417",
                             "1548426417.", "1548426417.x", "1525698237764.5", "+548426417", "-1548426417",
                             " 1548426417", "1548426417 ", "1548426417.84 ", "1.548426417e9", "2026-01-31T09:30:00Z"}) {
        INFO(text);
        CHECK(unix_time(text) == "refused");
    }
}
