#include "common/json/document.hpp"
#include "common/json/writer.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

using namespace reclaim;
using namespace std::string_literals;

TEST_CASE("every kind of value is written")
{
    json::writer out;
    out.begin_object();
    out.member("text", "a \"quoted\" line\n").member("number", std::int64_t{-7}).member("flag", true);
    out.key("real").real(0.5).key("nothing").null();
    out.key("list").begin_array().integer(1).boolean(false).string("x").begin_object().end_object().end_array();
    out.key("raw").raw(R"({"a":[1]})").member("after", "raw");
    out.end_object();
    CHECK(out.take() == R"({"text":"a \"quoted\" line\n","number":-7,"flag":true,"real":0.5,"nothing":null,)"
                        R"("list":[1,false,"x",{}],"raw":{"a":[1]},"after":"raw"})");
}

TEST_CASE("a writer is empty after its text was taken")
{
    json::writer out;
    out.begin_array().integer(1).end_array();
    CHECK(out.take() == "[1]");
    out.string("again");
    CHECK(out.take() == R"("again")");
}

TEST_CASE("text that no reader of ours would take is replaced, the rest is kept")
{
    const auto written = [](std::string_view text) { return json::writer().string(text).take(); };
    CHECK(written("a\xff\xc3(") == "\"a\uFFFD\uFFFD(\"");
    CHECK(written("\xed\xa0\x80") == "\"\uFFFD\uFFFD\uFFFD\"");
    CHECK(written("x\0y"s) == "\"x\uFFFDy\"");
    CHECK(written("\xef\xbf\xbf") == "\"\uFFFD\"");
    CHECK(written("Zoë \xf0\x9f\x94\x92") == "\"Zoë \xf0\x9f\x94\x92\"");
    CHECK(written({}) == "\"\"");
    CHECK(json::writer().begin_object().member("k\xff", "v").end_object().take() == "{\"k\uFFFD\":\"v\"}");
}

TEST_CASE("numbers that JSON cannot say become null")
{
    CHECK(json::writer().real(std::nan("")).take() == "null");
    CHECK(json::writer().real(-std::numeric_limits<double>::infinity()).take() == "null");
    CHECK(json::writer().real(1e300).take() == "1e300");
}

TEST_CASE("any bytes are written as a string that the strict reader takes")
{
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 5000; ++round) {
        std::string bytes(random() % 12, '\0');
        for (char& c : bytes)
            c = static_cast<char>(random() % 4 == 0 ? 0xE0 + random() % 32 : random());
        const std::string text = json::writer().string(bytes).take();
        CAPTURE(text);
        REQUIRE(json::document::parse(text).has_value());
    }
}
