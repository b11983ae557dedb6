#include "worker/trouble.hpp"

#include <catch2/catch.hpp>

using reclaim::worker::trouble;

TEST_CASE("while all is well there is nothing to tell")
{
    trouble of;
    of.heard(true, "");
    of.learn(false);
    CHECK_FALSE(of.worth_telling());
}

TEST_CASE("failures in a row are told once, and the good call after them")
{
    trouble of;
    of.heard(false, "status 503");
    of.heard(false, "status 500");
    REQUIRE(of.worth_telling());
    const auto bad = of.take();
    CHECK(bad.failures == 2);
    CHECK_FALSE(bad.anew);
    CHECK(bad.why == "status 500");
    CHECK_FALSE(of.worth_telling());
    of.heard(true, "");
    REQUIRE(of.worth_telling());
    CHECK(of.take().failures == 0);
    of.heard(true, "");
    CHECK_FALSE(of.worth_telling());
}

TEST_CASE("a failure after a good call begins the count anew")
{
    trouble of;
    of.heard(false, "x");
    of.heard(true, "");
    of.heard(false, "x");
    const auto told = of.take();
    CHECK(told.failures == 1);
    CHECK(told.anew);
}

TEST_CASE("a call that went well before others failed elsewhere does not speak for the vendor now, the next one does")
{
    trouble of;
    of.heard(true, "");
    of.learn(true);
    CHECK_FALSE(of.worth_telling());
    of.learn(true);
    of.heard(true, "");
    CHECK(of.worth_telling());
}

TEST_CASE("what could not be told is told with what came since, unless a call went well since")
{
    trouble of;
    of.heard(false, "status 503");
    auto untold = of.take();
    of.heard(false, "status 500");
    of.put_back(untold);
    CHECK(of.take().failures == 2);
    of.heard(false, "status 503");
    untold = of.take();
    of.heard(true, "");
    of.put_back(untold);
    REQUIRE(of.worth_telling());
    CHECK(of.take().failures == 0);
}
