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
