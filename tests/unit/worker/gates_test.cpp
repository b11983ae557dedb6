#include "worker/gates.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::worker;
using namespace std::chrono_literals;

TEST_CASE("an open scope is not found closed")
{
    gates known;
    known.close("linear", 1h);
    CHECK_FALSE(known.find_closed({"callback:desk"}));
    CHECK(known.find_closed({"callback:desk", "linear"})->scope == "linear");
}

TEST_CASE("the gate of a circuit breaker is closed, and says when the vendor may be tried")
{
    gates known;
    known.close("connector:okta", std::nullopt, 0ms);
    known.close("connector:entra", std::nullopt);
    CHECK(known.find_closed({"connector:okta"}));
    CHECK(known.probe_at("connector:okta"));
    CHECK_FALSE(known.probe_at("connector:entra"));
    CHECK_FALSE(known.probe_at("connector:google"));
}

TEST_CASE("everything closed closes every scope")
{
    gates known;
    known.close("all", std::nullopt);
    const auto found = known.find_closed({"linear"});
    REQUIRE(found);
    CHECK(found->scope == "all");
    CHECK_FALSE(found->until);
}

TEST_CASE("a pause that has passed is open again without anybody saying so")
{
    gates known;
    known.close("linear", 0ms);
    CHECK_FALSE(known.find_closed({"linear"}));
}

TEST_CASE("what the database says replaces what was known")
{
    gates known;
    known.close("linear", std::nullopt);
    known.replace({{"connector:okta", 1h, std::nullopt}});
    CHECK_FALSE(known.find_closed({"linear"}));
    CHECK(known.find_closed({"connector:okta"}));
}
