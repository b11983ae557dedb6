#include "receiver/path_segment.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::receiver;

TEST_CASE("an id survives the way into a URL and back, whatever it holds")
{
    for (const std::string id : {"apr_1", "a/b", "a b?c#d%e", "\u00fc\u2013\U0001F512", "..", "a+b"}) {
        const auto encoded = encode_segment(id);
        CHECK(encoded.find('/') == encoded.npos);
        CHECK(decode_segment(encoded) == id);
    }
    CHECK(encode_segment("a/b c") == "a%2Fb%20c");
    CHECK(decode_segment("a%2fb+c") == "a/b+c");
}

TEST_CASE("a broken escape and bytes that are no text decode to nothing")
{
    for (const auto* segment : {"%", "%2", "%zz", "%00", "%ff", "%ed%a0%80"})
        CHECK_FALSE(decode_segment(segment));
}
