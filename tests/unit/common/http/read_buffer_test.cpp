#include "common/http/read_buffer.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using reclaim::http::read_buffer;

TEST_CASE("what goes in comes out, whatever the sizes")
{
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 dice(seed);
    read_buffer buffer(70000);
    std::string expected;
    char next = 0;
    for (int round = 0; round < 5000; ++round) {
        if (!buffer.full()) {
            const auto space = buffer.space();
            REQUIRE(space.size() > 0);
            const auto size = std::min<std::size_t>(space.size(), dice() % 9000);
            for (std::size_t i = 0; i < size; ++i) {
                static_cast<char*>(space.data())[i] = next;
                expected += next++;
            }
            buffer.commit(size);
        }
        REQUIRE(buffer.view() == expected);
        REQUIRE(expected.size() <= 70000);
        const auto used = dice() % 4 == 0 ? expected.size() : dice() % (expected.size() + 1);
        buffer.consume(used);
        expected.erase(0, used);
    }
}

TEST_CASE("a buffer takes up to its bound in one piece, and no more")
{
    read_buffer buffer(10000);
    std::size_t taken = 0;
    while (!buffer.full()) {
        const auto space = buffer.space();
        REQUIRE(space.size() > 0);
        taken += space.size();
        buffer.commit(space.size());
    }
    CHECK(taken == 10000);
    CHECK(buffer.view().size() == 10000);
    buffer.consume(9999);
    CHECK(buffer.space().size() > 1000);
}
