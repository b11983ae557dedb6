#include "common/json/document.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace reclaim;
using namespace std::string_literals;

namespace {

// Why the text was refused, or "" when it was taken.
std::string refusal(const std::string& text, json::limits bounds = {})
{
    const auto parsed = json::document::parse(text, bounds);
    return parsed ? "" : parsed.error().what;
}

bool refused(const std::string& text)
{
    return !refusal(text).empty();
}

std::string repeat(const std::string& piece, std::size_t times)
{
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += piece;
    return all;
}

std::string nested_arrays(std::size_t depth)
{
    return repeat("[", depth) + repeat("]", depth);
}

std::string nested_objects(std::size_t depth)
{
    return repeat(R"({"a":)", depth) + "1" + repeat("}", depth);
}

json::document parsed(const std::string& text)
{
    auto document = json::document::parse(text);
    REQUIRE(document.has_value());
    return std::move(*document);
}

}  // namespace

TEST_CASE("nesting up to the limit is read, one level more is refused")
{
    CHECK(refusal(nested_arrays(32)) == "");
    CHECK(refusal(nested_objects(32)) == "");
    CHECK(refusal(nested_arrays(33)) == "nested too deeply");
    CHECK(refusal(nested_objects(33)) == "nested too deeply");
    CHECK(refusal("[[]]", {.depth_max = 1}) == "nested too deeply");
    CHECK(refusal("[" + repeat("[],", 100) + "[]]") == "");
}

TEST_CASE("hostile nesting is refused without using the stack, closed or not")
{
    CHECK(refusal(repeat("[", 65536)) == "nested too deeply");
    CHECK(refusal(nested_arrays(1'000'000)) == "nested too deeply");
    CHECK(refusal(repeat(R"({"a":)", 13107)) == "nested too deeply");
    CHECK(refusal(nested_objects(200'000)) == "nested too deeply");
}

TEST_CASE("members and elements are bounded together")
{
    const json::limits bounds{.members_max = 4};
    CHECK(refusal(R"({"a":1,"b":2,"c":3,"d":4})", bounds) == "");
    CHECK(refusal(R"({"a":1,"b":[1,2]})", bounds) == "");
    CHECK(refusal(R"({"a":1,"b":2,"c":3,"d":4,"e":5})", bounds) == "too many members and elements");
    CHECK(refusal(R"({"a":1,"b":[1,2,3]})", bounds) == "too many members and elements");
    CHECK(refusal("[[[[[]]]]]", bounds) == "");
    CHECK(refusal("[[[[[[]]]]]]", bounds) == "too many members and elements");
}

TEST_CASE("a key given twice is refused, however it is spelled")
{
    const std::string twice = "an object has the same key twice";
    CHECK(refusal(R"({"seat_id":"a","seat_id":"b"})") == twice);
    CHECK(refusal(R"({"seat_id":"a","x":1,"seat\u005fid":"b"})") == twice);
    CHECK(refusal(R"({"\u00e9":1,"é":2})") == twice);
    CHECK(refusal(R"({"a/b":1,"a\/b":2})") == twice);
    CHECK(refusal(R"({"":1,"":2})") == twice);
    CHECK(refusal(R"({"x":{"a":1,"a":1}})") == twice);
    CHECK(refusal(R"([{"a":1},{"b":{},"b":{}}])") == twice);
    CHECK(refusal(R"({"a":{"b":1,"c":2},"a":{"b":1}})") == twice);
}

TEST_CASE("the same key in different objects is no duplicate")
{
    CHECK(refusal(R"({"a":{"a":{"a":1}},"b":{"a":2,"b":3}})") == "");
    CHECK(refusal(R"([{"a":1},{"a":1}])") == "");
    CHECK(refusal(R"({"a":1,"A":2,"a ":3,"":4})") == "");
    // Canonically equivalent in Unicode, but not the same bytes: two keys.
    CHECK(refusal("{\"\u00e9\":1,\"e\u0301\":2}") == "");
}

TEST_CASE("a text full of keys is checked for duplicates in no noticeable time")
{
    std::string text = "{";
    for (int i = 0; i < 200'000; ++i)
        text += (i ? ",\"" : "\"") + std::to_string(i) + "\":0";
    const json::limits wide{.members_max = 1'000'000};
    CHECK(refusal(text + "}", wide) == "");
    CHECK(refusal(text + R"(,"123456":0})", wide) == "an object has the same key twice");
}

TEST_CASE("NUL is refused in keys, in values and between them")
{
    CHECK(refusal(R"({"a":"x\u0000y"})") == "a string holds NUL");
    CHECK(refusal(R"({"a\u0000":1})") == "a string holds NUL");
    CHECK(refusal("{\"a\":\"x\0y\"}"s) == "the text holds NUL");
    CHECK(refusal("{}\0"s) == "the text holds NUL");
    CHECK(refusal("{}\0{\"a\":1}"s) == "the text holds NUL");
}

TEST_CASE("what is not UTF-8 is refused in keys and values")
{
    const auto bytes = GENERATE(as<std::string>(), "\xff", "\x80", "\xc3", "\xc3(", "\xe2\x82", "\xf0\x9f\x98",  //
                                "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf",
                                "\xf0\x8f\xbf\xbf",                                          // overlong
                                "\xed\xa0\xbd\xed\xb8\x80", "\xed\xa0\x80", "\xed\xbf\xbf",  // CESU-8
                                "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe");
    CAPTURE(bytes);
    CHECK(refusal("{\"a\":\"" + bytes + "\"}") == "a string is not valid UTF-8 or holds half a surrogate pair");
    CHECK(refusal("{\"" + bytes + "\":1}") == "a string is not valid UTF-8 or holds half a surrogate pair");
    CHECK(refused(bytes));
}

TEST_CASE("half a surrogate pair is refused, a whole one is one character")
{
    for (const char* half : {R"("\ud800")", R"("\udbff")", R"("\udc00")", R"("\udfff")", R"("\ud800\ud800")",
                             R"("\ud800x")", R"("\udc00\ud800")", R"("\ud800\u0041")"}) {
        CAPTURE(half);
        CHECK(refused(half));
        CHECK(refused("{" + std::string(half) + ":1}"));
    }
    CHECK(parsed(R"("\ud83d\ude00")").root().string() == "\xf0\x9f\x98\x80");
}

TEST_CASE("Unicode non-characters are refused, their neighbours are not")
{
    for (const char* text : {R"("\ufffe")", R"("\uffff")", R"("\ufdd0")", R"("\ufdef")", R"("\ud83f\udfff")",
                             "\"\xef\xbf\xbe\"", "\"\xf4\x8f\xbf\xbf\""})
        CHECK(refusal(text) == "a string holds a Unicode non-character");
    for (const char* text : {R"("\ufffd")", R"("\ufdcf")", R"("\ufdf0")", R"("\ue000")", "\"\xf4\x8f\xbf\xbd\""})
        CHECK(refusal(text) == "");
}

TEST_CASE("other encodings and a byte order mark are refused")
{
    CHECK(refused("\xef\xbb\xbf{}"));
    CHECK(refused("\xff\xfe{\0}\0"s));
    CHECK(refused("\xfe\xff\0{\0}"s));
    CHECK(refused("{\0}\0"s));
    CHECK(refused("+AHsAfQ-"));
}

TEST_CASE("what is almost JSON is refused")
{
    const auto text =
        GENERATE(as<std::string>(), "", " ", "{} x", "{}{}", "[1][2]", "1 2", "{}//c", "/*c*/{}", "{\"a\":1,}", "[1,]",
                 "[,1]", "{,}", "NaN", "Infinity", "-Infinity", "[NaN]", "{'a':1}", "{a:1}", "{\"a\"}", "{\"a\":}",
                 "{\"a\" 1}", "{\"a\":1 \"b\":2}", "[1 2]", "{1:2}", "[", "{", "]", "[}", "\"", "\"\\", "\"\\x41\"",
                 "\"\\u12\"", "\"\\u12G4\"", "\"a\nb\"", "\"\t\"", "True", "nul", "tru", "01", "-", "+1", ".5", "1.",
                 "1e", "1e+", "0x10", "1_000", "--1", "\v1", "\f1");
    CAPTURE(text);
    CHECK(refused(text));
}

TEST_CASE("a refusal says where and never what")
{
    const auto answer = json::document::parse(R"({"token":"hunter2" "x":1})");
    REQUIRE(answer.has_error());
    CHECK(answer.error().offset_bytes == 19);
    CHECK_THAT(answer.error().what, !Catch::Contains("hunter2") && !Catch::Contains("token"));
}

TEST_CASE("numbers out of range are refused, the too small ones as well as the too large")
{
    // The second line overflows RapidJSON's own arithmetic, which then reads outside its tables.
    const auto text =
        GENERATE(as<std::string>(), "1e400", "-1e400", "1e131071", "1e99999999999999999999", "0.0000000001e400",
                 "0.0000000001e-2147483639", "1e-2147483648", "1e-99999999999999999999", "1e-400", repeat("9", 60'000),
                 "1" + repeat("0", 400), "0." + repeat("0", 60'000) + "1");
    CAPTURE(text.substr(0, 30));
    CHECK(refused(text));
    CHECK(refused("{\"n\":" + text + "}"));
}

TEST_CASE("an integer is exactly that: whole, written as such, and within 64 bits")
{
    const auto integer = [](const std::string& text) { return parsed(text).root().integer(); };
    CHECK(integer("0") == 0);
    CHECK(integer("-0") == 0);
    CHECK(integer("-1") == -1);
    CHECK(integer("9007199254740993") == 9007199254740993);
    CHECK(integer("9223372036854775807") == INT64_MAX);
    CHECK(integer("-9223372036854775808") == INT64_MIN);
    for (const char* text : {"9223372036854775808", "-9223372036854775809", "18446744073709551616", "1.0", "1e3", "1E0",
                             "-0.0", "\"7\"", "null", "true", "[7]", "{}"}) {
        CAPTURE(text);
        CHECK_FALSE(integer(text));
    }
}

TEST_CASE("a number is the nearest double")
{
    const auto number = [](const std::string& text) { return parsed(text).root().number(); };
    CHECK(number("7") == 7.0);
    CHECK(number("0.1") == 0.1);
    CHECK(number("5e-324") == 5e-324);
    CHECK(number("1.7976931348623157e308") == 1.7976931348623157e308);
    CHECK(number("9007199254740993.5") == 9007199254740993.5);
    CHECK(number("123456789012345678901234567890") == 123456789012345678901234567890.0);
    CHECK(number("0." + repeat("1", 60'000)) == Approx(1.0 / 9));
    CHECK(number("0e300") == 0.0);
    CHECK_FALSE(number("\"7\""));
}

TEST_CASE("what was read can be written and read again, whatever a random text was")
{
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const std::string model =
        R"({"a":[1,-2.5e3,"x\u00e9\n",{"b":null,"c":[true,false]}],"d":{"e":"\ud83d\ude00"},"f":1e-7})";
    const std::string spice = "{}[]\",:\\u0019aeE+-. \n\xc3\xa9\xff";
    int taken = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = model;
        for (auto changes = random() % 3; changes > 0; --changes)
            text[random() % text.size()] = spice[random() % spice.size()];
        const auto first = json::document::parse(text);
        if (!first)
            continue;
        ++taken;
        const std::string written = first->root().serialize();
        const auto second = json::document::parse(written);
        CAPTURE(text, written);
        REQUIRE(second.has_value());
        REQUIRE(second->root().serialize() == written);
    }
    CHECK(taken > 1000);
}

TEST_CASE("a document without content and a moved document answer with nothing")
{
    json::document empty;
    CHECK(empty.root().kind() == json::kind::missing);
    CHECK_FALSE(empty.at("/a"));
    json::document first = parsed(R"({"a":"b"})");
    const json::value node = first.at("/a");
    const json::document second = std::move(first);
    CHECK(node.string() == "b");
    CHECK(second.at("/a").string() == "b");
}
