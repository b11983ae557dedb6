#include "worker/delivery/window.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace reclaim::delivery {

namespace {

int room(window& in)
{
    std::vector<window::turn> taken;
    while (taken.size() < 1000) {
        auto next = in.take();
        if (!next)
            break;
        taken.push_back(std::move(*next));
    }
    return static_cast<int>(taken.size());
}

}  // namespace

TEST_CASE("while the other side answers any number of calls is under way")
{
    window in;
    CHECK(room(in) == 1000);
    in.answered();
    CHECK(room(in) == 1000);
}

TEST_CASE("after it asked for a pause one call finds out, and each answer lets one more")
{
    window in;
    in.asked_for_a_pause();
    CHECK(room(in) == 1);
    in.answered();
    CHECK(room(in) == 2);
    in.answered();
    CHECK(room(in) == 3);
    in.asked_for_a_pause();
    CHECK(room(in) == 1);
}

TEST_CASE("a few unanswered calls are bad luck, more of them in a row are an outage")
{
    window in;
    for (int i = 0; i < 4; ++i)
        CHECK(in.not_answered() == 0);
    CHECK(room(in) == 1000);
    in.answered();
    for (int i = 0; i < 4; ++i)
        CHECK(in.not_answered() == 0);
    CHECK(in.not_answered() == 1);
    CHECK(room(in) == 1);
    CHECK(in.not_answered() == 2);
    in.answered();
    CHECK(room(in) == 2);
    CHECK(in.not_answered() == 0);
}

TEST_CASE("a turn is given back at its end, and only once")
{
    window in;
    in.asked_for_a_pause();
    {
        auto first = in.take();
        REQUIRE(first);
        const window::turn moved = std::move(*first);
        CHECK_FALSE(in.take());
    }
    CHECK(room(in) == 1);
}

}  // namespace reclaim::delivery
