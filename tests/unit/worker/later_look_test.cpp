#include "worker/later_look.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::worker;
using namespace reclaim::connectors;
using sight = look_verdict::sight;
using namespace std::chrono_literals;

namespace {

const look_schedule schedule{1h, 24h, 168h};
const retry_policy patience{3, 1min, 6h};

look_verdict seen(const outcome& answer, int looks = 0, int tries = 0)
{
    std::minstd_rand dice{1};
    return judge_look(answer, looks, tries, schedule, patience, dice);
}

}  // namespace

TEST_CASE("a seat that is still gone is looked at again when its schedule says so, counted from the removal")
{
    CHECK(seen(already_absent{}, 0).seen == sight::gone);
    CHECK(seen(already_absent{}, 0).wait == 24h);
    CHECK(seen(already_absent{}, 1).wait == 168h);
}

TEST_CASE("after the last look of the schedule none follows, also where the schedule was longer once")
{
    CHECK_FALSE(seen(already_absent{}, 2).wait);
    CHECK_FALSE(seen(already_absent{}, 7).wait);
}

TEST_CASE("access that is back is drift, whether given directly or through a group")
{
    CHECK(seen(held{}).seen == sight::back);
    CHECK(seen(still_present{"through a group"}).seen == sight::back);
    CHECK(seen(still_present{"through a group"}).reason == "inherited");
}

TEST_CASE("an answer that does not tell is no drift and no proof: the same look is tried again")
{
    for (const outcome& answer : {outcome{retry{"500"}}, outcome{not_sent{"refused"}}, outcome{unknown{"html"}},
                                  outcome{refused{"403"}}, outcome{look_again{""}}, outcome{removed{}}}) {
        const auto verdict = seen(answer);
        CHECK(verdict.seen == sight::unread);
        CHECK(verdict.wait >= 1min);
        CHECK_FALSE(verdict.reason.empty());
    }
}

TEST_CASE("a removal that the vendor dated and has not carried out yet is not proven")
{
    CHECK(seen(scheduled{}).seen == sight::unread);
    CHECK(seen(scheduled{}).reason == "still_scheduled");
}

TEST_CASE("a look that cannot be read is given up after as many tries as are configured")
{
    CHECK(seen(retry{"500"}, 0, 1).seen == sight::unread);
    CHECK(seen(retry{"500"}, 0, 2).seen == sight::given_up);
}

TEST_CASE("a pause that the vendor asks for closes its gate and costs no try, however many there were")
{
    const auto paused = seen(throttled{30s, "rate limit"}, 0, 2);
    CHECK(paused.seen == sight::put_off);
    CHECK(paused.closes_gate);
    CHECK(paused.wait == 30s);
}

TEST_CASE("a refused credential closes the gate too")
{
    CHECK(seen(denied{"401"}, 0, 2).seen == sight::put_off);
    CHECK(seen(denied{"401"}).closes_gate);
}
