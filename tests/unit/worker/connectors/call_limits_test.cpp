#include "worker/connectors/call_limits.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {

TEST_CASE("a rate is calls per second, minute or hour, and nothing else")
{
    CHECK(parse_rate("10/s") == 10);
    CHECK(parse_rate("600/m") == 10);
    CHECK(parse_rate("36/h") == 0.01);
    CHECK(parse_rate("none") == 0);
    for (const auto* text : {"", "10", "/s", "0/s", "-1/s", "1.5/s", "10/d", "10/s ", " 10/s", "10 /s", "9999999/s"})
        CHECK_FALSE(parse_rate(text));
}

TEST_CASE("what a connector is configured with takes the place of its recipe's limits, key by key")
{
    const call_limits recipe{1, 5, 3, "subject"};
    CHECK(recipe.with({}).rate == 1);
    CHECK(recipe.with({}).burst == 5);
    CHECK(recipe.with({20, {}, {}, ""}).burst_or_default() == 20);  // the recipe's burst belongs to its rate
    CHECK(recipe.with({{}, 7, {}, ""}).burst == 7);
    CHECK(recipe.with({20, {}, {}, ""}).concurrency == 3);
    CHECK(recipe.with({{}, {}, 0, ""}).concurrency == 0);
    CHECK(recipe.with({20, {}, 9, ""}).one_call_per == "subject");
}

TEST_CASE("a limit that was lifted is none")
{
    const call_limits recipe{1, {}, 3, ""};
    CHECK(recipe.any());
    CHECK_FALSE(recipe.with({0, {}, 0, ""}).any());
    CHECK(recipe.with({0, {}, {}, ""}).any());
}

TEST_CASE("without a burst as many may go at once as in one second, and always one")
{
    CHECK(call_limits{10, {}, {}, ""}.burst_or_default() == 10);
    CHECK(call_limits{0.01, {}, {}, ""}.burst_or_default() == 1);
}

}  // namespace reclaim::connectors
