#include "worker/connectors/text_template.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace reclaim::connectors {

namespace {

std::string path(std::string_view text, const variables& from)
{
    const auto filled = text_template::parse(text)->fill_path(from);
    return filled ? *filled : "refused: " + filled.error().why;
}

}  // namespace

TEST_CASE("a value in a path stays one segment whatever it holds")
{
    CHECK(path("/users/{id}?send=false", {{"id", "00u1"}}) == "/users/00u1?send=false");
    CHECK(path("/users/{id}", {{"id", "a/../b?x=1#y"}}) == "/users/a%2F..%2Fb%3Fx%3D1%23y");
    CHECK(path("/users/{id}", {{"id", "ada+x@example.com"}}) == "/users/ada%2Bx%40example.com");
    CHECK(path("/users/{id}", {{"id", "%2e%2e\r\n"}}) == "/users/%252e%252e%0D%0A");
    CHECK(path("/users/{id}", {{"id", "Zo\xc3\xab"}}) == "/users/Zo%C3%AB");
}

TEST_CASE("a path is never filled with a value that would name another resource")
{
    CHECK(path("/users/{id}", {{"id", ""}}).starts_with("refused: {id} is empty"));
    CHECK(path("/users/{id}", {{"id", ".."}}).starts_with("refused: {id} is made of dots"));
    CHECK(path("/users/{id}", {{"id", "."}}).starts_with("refused: {id} is made of dots"));
    CHECK(path("/users/{id}", {{"other", "x"}}) == "refused: {id} has no value");
}

TEST_CASE("random bytes in a path come out as unreserved characters and percent signs only")
{
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 dice(seed);
    const auto parsed = text_template::parse("/{v}");
    for (int round = 0; round < 2000; ++round) {
        std::string value(1 + dice() % 20, '\0');
        for (char& c : value)
            c = static_cast<char>(dice());
        const auto filled = parsed->fill_path({{"v", value}});
        if (!filled) {
            REQUIRE(value.find_first_not_of('.') == std::string::npos);
            continue;
        }
        REQUIRE(filled->substr(1).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                                    "0123456789-._~%") == std::string::npos);
    }
}

TEST_CASE("braces that do not name a variable are a mistake of the template")
{
    for (const auto* text : {"/a/{", "/a/}", "/a/{}", "/a/{A}", "/a/{x y}", "/a/{x", "/{a{b}}"}) {
        CAPTURE(text);
        CHECK_FALSE(text_template::parse(text).has_value());
    }
    CHECK(text_template::parse("/{a}/{b}{a}")->names() == std::vector<std::string>{"a", "b", "a"});
}

TEST_CASE("a value in a JSON body becomes a string and never structure")
{
    const auto body = json_template::parse(R"({"users":["{who}"],"n":1,"deep":{"t":"x {who}","f":false,"z":null}})");
    REQUIRE(body.has_value());
    const auto filled = body->fill({{"who", "\"],\"admin\":[\"x"}});
    REQUIRE(filled.has_value());
    CHECK(*filled ==
          R"({"users":["\"],\"admin\":[\"x"],"n":1,"deep":{"t":"x \"],\"admin\":[\"x","f":false,"z":null}})");
    CHECK_FALSE(body->fill({}).has_value());
    CHECK_FALSE(json_template::parse("{\"a\":").has_value());
    CHECK_FALSE(json_template::parse("{\"a\":\"{\"}").has_value());
}

}  // namespace reclaim::connectors
