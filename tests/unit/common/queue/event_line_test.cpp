#include "common/queue/event_line.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::queue;

TEST_CASE("an instant of the log is read as it is written, and nothing else is")
{
    CHECK(parse_utc_text("2000-01-01T00:00:00.000001Z") == 1);
    CHECK(parse_utc_text("1999-12-31T23:59:59.999999Z") == -1);
    CHECK(utc_text(*parse_utc_text("2026-11-23T19:51:52.860867Z")) == "2026-11-23T19:51:52.860867Z");
    for (const auto* text :
         {"", "2026-11-23", "2026-11-23T19:51:52Z", "2026-11-23T19:51:52.86Z", "2026-02-30T00:00:00.000000Z",
          "2026-11-23T24:00:00.000000Z", "2026-11-23T19:60:00.000000Z", "2026-11-23 19:51:52.860867Z",
          "2026-11-23T19:51:52.860867Z ", "2026-11-23T19:51:52.860867+00:00", "infinity"})
        CHECK_FALSE(parse_utc_text(text).has_value());
}

TEST_CASE("text is quoted so that every byte below a blank, quotation mark and backslash comes back")
{
    std::string out;
    append_quoted(out, "say \"x\\y\"\n\x1f Ä");
    CHECK(out == "\"say \\\"x\\\\y\\\"\\u000a\\u001f Ä\"");
}
