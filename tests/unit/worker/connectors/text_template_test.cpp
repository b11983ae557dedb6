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

TEST_CASE("a value in a query stays one part, and between quotes one word")
{
    const auto query = [](std::string_view text, const std::string& value) {
        const auto filled = text_template::parse(text)->fill_query({{"v", value}});
        return filled ? *filled : "refused: " + filled.error().why;
    };
    CHECK(query("id,name", "") == "id,name");
    CHECK(query("{v}", "a&b=c#d+e f") == "a%26b%3Dc%23d%2Be%20f");
    CHECK(query("userName eq \"{v}\"", "ada") == "userName%20eq%20%22ada%22");
    CHECK(query("userName eq \"{v}\"", "a\" or \"\" eq \"\\") ==
          "userName%20eq%20%22a%5C%22%20or%20%5C%22%5C%22%20eq%20%5C%22%5C%5C%22");
    CHECK(query("userName eq \"{v}\"", "a\nb").starts_with("refused: {v} holds a control character"));
    CHECK(query("Id = '{v}'", "005") == "Id%20%3D%20%27005%27");
    CHECK(query("Id = '{v}'", "x' OR Id != '").starts_with("refused: {v} holds a quote"));
    CHECK(query("Id = '{v}'", "x\\").starts_with("refused: {v} holds a quote"));
    CHECK(query("Id = 'a{v}b' and x", "o'b").starts_with("refused: {v} holds a quote"));
    CHECK(query("it's {v}", "o'b") == "it%27s%20o%27b");
    CHECK(query("userName eq \"{v}\"", "") == "refused: {v} is empty: the request would mean everybody");
}

TEST_CASE("a value between quotes in a JSON body is escaped for the filter and for the JSON")
{
    const auto body = json_template::parse(R"({"path":"members[value eq \"{v}\"]"})");
    CHECK(*body->fill({{"v", "a\"b"}}) == R"({"path":"members[value eq \"a\\\"b\"]"})");
    CHECK_FALSE(body->fill({{"v", ""}}).has_value());
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
