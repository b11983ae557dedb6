#include "worker/evidence/settled.hpp"

#include <catch2/catch.hpp>

using reclaim::worker::evidence::settled;

TEST_CASE("an id is settled when the transactions that ran while it was the last one have ended, and no sooner")
{
    settled ids(10);
    CHECK(ids.next_start() == 10);
    ids.passed(50, {"3/7"}, true);
    CHECK(ids.floor() == 10);
    CHECK(ids.next_start() == 10);
    ids.passed(60, {"3/7", "4/1"}, true);  // 3/7 may still bring an id up to 50
    CHECK(ids.floor() == 10);
    ids.next_start();
    ids.passed(70, {"4/1"}, true);
    CHECK(ids.floor() == 50);  // and not 60 or 70: others ran then
    ids.next_start();
    ids.passed(80, {}, true);
    CHECK(ids.floor() == 70);
}

TEST_CASE("a pass that did not read everything settles nothing")
{
    settled ids(0);
    ids.next_start();
    ids.passed(50, {}, true);
    ids.next_start();
    ids.passed(90, {}, false);
    CHECK(ids.floor() == 0);
    ids.next_start();
    ids.passed(95, {}, true);
    CHECK(ids.floor() == 50);
}

TEST_CASE("a transaction that stays open makes most passes short, and every one of them is swept up in time")
{
    settled ids(0);
    std::int64_t latest = 0;
    int whole = 0, short_ones = 0;
    for (int pass = 0; pass < 120; ++pass) {
        const auto from = ids.next_start();
        from == 0 ? ++whole : ++short_ones;
        if (from != 0)
            CHECK(latest - from <= 2 * 50'000);
        latest += 50'000;
        ids.passed(latest, {"9/9"}, true);
    }
    CHECK(ids.floor() == 0);
    CHECK(whole >= 4);
    CHECK(short_ones > 100);
    for (int pass = 0; pass < 61; ++pass) {  // two sweeps: one ends the watch, one settles what came meanwhile
        ids.next_start();
        ids.passed(latest, {}, true);
    }
    CHECK(ids.floor() > 0);
    CHECK(ids.next_start() == ids.floor());
}
