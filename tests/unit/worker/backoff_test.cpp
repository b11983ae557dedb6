#include "worker/backoff.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::worker;
using namespace std::chrono_literals;

TEST_CASE("a wait is never shorter than the base and never longer than the cap")
{
    const retry_policy policy{8, 100ms, 5s};
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::minstd_rand dice(seed);
    for (int tries = 0; tries < 60; ++tries) {
        const auto wait = backoff(policy, tries, dice);
        CHECK(wait >= 100ms);
        CHECK(wait <= 5s);
    }
}

TEST_CASE("jobs that failed together do not come back together")
{
    std::minstd_rand dice(42);
    const retry_policy policy{8, 100ms, 10min};
    const auto first = backoff(policy, 5, dice);
    int same = 0;
    for (int i = 0; i < 50; ++i)
        same += backoff(policy, 5, dice) == first;
    CHECK(same < 5);
}

TEST_CASE("the upper bound triples with each try")
{
    // Dice that always show their highest face make the bound visible.
    struct highest {
        using result_type = std::uint64_t;
        static constexpr result_type min() { return 0; }
        static constexpr result_type max() { return ~0ull; }
        result_type operator()() { return max(); }
    } dice;
    const retry_policy policy{8, 100ms, 10min};
    CHECK(backoff(policy, 0, dice) == 100ms);
    CHECK(backoff(policy, 1, dice) == 300ms);
    CHECK(backoff(policy, 3, dice) == 2700ms);
}
