#include "common/crypto/encoding.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace reclaim::crypto;
using namespace std::string_literals;

TEST_CASE("base64 agrees with RFC 4648")
{
    const std::pair<const char*, const char*> pairs[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"},
                                                         {"\xfb\xff\xbf", "+/+/"}};
    for (const auto& [bytes, text] : pairs) {
        CHECK(to_base64(bytes) == text);
        CHECK(from_base64(text) == std::string(bytes));
    }
    CHECK(to_base64("\0\0"s) == "AAA=");
}

TEST_CASE("base64url has the alphabet of URLs and no padding")
{
    CHECK(to_base64url("\xfb\xff\xbf") == "-_-_");
    CHECK(to_base64url("fo") == "Zm8");
    CHECK(to_base64url("") == "");
}

TEST_CASE("base64 that a lenient decoder would repair is refused")
{
    for (const char* text : {" Zg==", "Zg==\n", "Zm9v\r\nYmFy", "Zm 9v", "Zg",    "Zm8",        "Zg=",    "Z",
                             "Zg===", "Zm9v=",  "Zm9v====",     "=",     "==",    "====",       "Z===",   "Zg==Zg==",
                             "Z=g=",  "-_-_",   "Zh==",         "Zm9=",  "Zm9v!", "Zm\xc3\xa9", "/\xff=="}) {
        CAPTURE(text);
        CHECK_FALSE(from_base64(text));
    }
    CHECK_FALSE(from_base64("Zm9v\0Zm9"s));
}

TEST_CASE("missing padding is taken only on request, wrong padding never")
{
    CHECK(from_base64("Zg", padding::optional) == "f"s);
    CHECK(from_base64("Zm8", padding::optional) == "fo"s);
    CHECK(from_base64("Zg==", padding::optional) == "f"s);
    for (const char* text : {"Zg=", "Z", "Zm9v=", "Zm9vY", "Zh", "Zm9", "Zg==="}) {
        CAPTURE(text);
        CHECK_FALSE(from_base64(text, padding::optional));
    }
}

TEST_CASE("hex is written in lower case and read in both")
{
    CHECK(to_hex("\x00\x7f\xff\x1a"s) == "007fff1a");
    CHECK(from_hex("007FfF1a") == "\x00\x7f\xff\x1a"s);
    CHECK(from_hex("") == ""s);
    for (const char* text : {"0", "0g", " 00", "0x00", "00 ", "-1", "\xc3\xa9"}) {
        CAPTURE(text);
        CHECK_FALSE(from_hex(text));
    }
}

TEST_CASE("any bytes survive both text forms")
{
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 1000; ++round) {
        std::string bytes(random() % 70, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random());
        const std::string text = to_base64(bytes);
        REQUIRE(from_base64(text) == bytes);
        REQUIRE(from_base64(text.substr(0, text.find('=')), padding::optional) == bytes);
        REQUIRE(from_hex(to_hex(bytes)) == bytes);
    }
}

TEST_CASE("each value has one base64 spelling")
{
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::string letters = "AQgwBZ09+/=-_ ";
    for (int round = 0; round < 20'000; ++round) {
        std::string text(random() % 9, '\0');
        for (char& c : text)
            c = letters[random() % letters.size()];
        CAPTURE(text);
        if (const auto bytes = from_base64(text))
            REQUIRE(to_base64(*bytes) == text);
    }
}
