#include "common/http/message.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::http;

TEST_CASE("header names compare without case and the first value is found")
{
    const headers in{{"Content-Type", "a"}, {"X-Id", "1"}, {"x-ID", "2"}};
    CHECK(find(in, "content-type") == "a");
    CHECK(find(in, "X-ID") == "1");
    CHECK_FALSE(find(in, "x-i").has_value());
    CHECK(count(in, "x-id") == 2);
    CHECK(count(in, "accept") == 0);
}
