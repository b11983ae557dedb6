#include "common/json/document.hpp"

#include <catch2/catch.hpp>

using namespace reclaim;

namespace {

json::document parsed(std::string_view text)
{
    auto document = json::document::parse(text);
    REQUIRE(document.has_value());
    return std::move(*document);
}

}  // namespace

TEST_CASE("a pointer finds what RFC 6901 says it finds")
{
    const auto document =
        parsed(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})");
    CHECK(document.at("").kind() == json::kind::object);
    CHECK(document.at("/foo").kind() == json::kind::array);
    CHECK(document.at("/foo/0").string() == "bar");
    CHECK(document.at("/foo/1").string() == "baz");
    CHECK(document.at("/").integer() == 0);
    CHECK(document.at("/a~1b").integer() == 1);
    CHECK(document.at("/c%d").integer() == 2);
    CHECK(document.at("/e^f").integer() == 3);
    CHECK(document.at("/g|h").integer() == 4);
    CHECK(document.at("/i\\j").integer() == 5);
    CHECK(document.at("/k\"l").integer() == 6);
    CHECK(document.at("/ ").integer() == 7);
    CHECK(document.at("/m~0n").integer() == 8);
}

TEST_CASE("a pointer's escapes are undone once, not twice")
{
    const auto document = parsed(R"({"~1":"tilde one","/":"slash","~":"tilde"})");
    CHECK(document.at("/~01").string() == "tilde one");
    CHECK(document.at("/~1").string() == "slash");
    CHECK(document.at("/~0").string() == "tilde");
}

TEST_CASE("a pointer walks arrays by plain indexes only")
{
    const auto document = parsed(R"({"list":[[10,11],{"x":12}],"object":{"0":"zero","01":"one"}})");
    CHECK(document.at("/list/0/1").integer() == 11);
    CHECK(document.at("/list/1/x").integer() == 12);
    CHECK(document.at("/object/0").string() == "zero");
    CHECK(document.at("/object/01").string() == "one");
    for (const char* pointer :
         {"/list/2", "/list/01", "/list/00", "/list/-", "/list/-1", "/list/+1", "/list/", "/list/1 ", "/list/0x0",
          "/list/4294967296", "/list/99999999999999999999", "/list/0/1/0", "/list/x"}) {
        CAPTURE(pointer);
        CHECK_FALSE(document.at(pointer));
    }
}

TEST_CASE("a malformed pointer finds nothing")
{
    const auto document = parsed(R"({"a":1,"":{"a":2},"~":3,"~2":4})");
    for (const char* pointer : {"a", "#/a", "/~", "/~2", "/a~", "/b/~x"}) {
        CAPTURE(pointer);
        CHECK_FALSE(json::is_pointer(pointer));
        CHECK_FALSE(document.at(pointer));
    }
    for (const char* pointer : {"", "/", "/a", "//a", "/~0", "/~1", "/a~0~1b"})
        CHECK(json::is_pointer(pointer));
    CHECK(document.at("//a").integer() == 2);
}

TEST_CASE("a missing node answers every question with nothing")
{
    const auto document = parsed(R"({"a":1})");
    const json::value missing = document.at("/b/c");
    CHECK_FALSE(missing);
    CHECK(missing.kind() == json::kind::missing);
    CHECK_FALSE(missing.string());
    CHECK_FALSE(missing.integer());
    CHECK_FALSE(missing.number());
    CHECK_FALSE(missing.boolean());
    CHECK_FALSE(missing.at("/x"));
    CHECK_FALSE(missing.at(""));
    CHECK_FALSE(missing["x"]);
    CHECK(missing.elements().empty());
    CHECK(missing.members().empty());
    CHECK(missing.serialize() == "");
}

TEST_CASE("a node answers only the questions of its own kind")
{
    const auto document = parsed(R"({"n":null,"b":false,"i":1,"s":"1","a":[],"o":{}})");
    const auto root = document.root();
    CHECK(root["n"].kind() == json::kind::null);
    CHECK(root["b"].kind() == json::kind::boolean);
    CHECK(root["i"].kind() == json::kind::number);
    CHECK(root["s"].kind() == json::kind::string);
    CHECK(root["a"].kind() == json::kind::array);
    CHECK(root["o"].kind() == json::kind::object);
    CHECK(root["b"].boolean() == false);
    CHECK_FALSE(root["i"].boolean());
    CHECK_FALSE(root["i"].string());
    CHECK_FALSE(root["s"].number());
    CHECK_FALSE(root["n"].string());
    CHECK_FALSE(root["a"]["0"]);
    CHECK(root["o"].elements().empty());
    CHECK(root["a"].members().empty());
}

TEST_CASE("members and elements come in the order of the text")
{
    const auto document = parsed(R"({"z":[3,1,2],"a":"é","":true})");
    const auto members = document.root().members();
    REQUIRE(members.size() == 3);
    CHECK(members[0].first == "z");
    CHECK(members[1].first == "a");
    CHECK(members[1].second.string() == "é");
    CHECK(members[2].first == "");
    const auto elements = members[0].second.elements();
    REQUIRE(elements.size() == 3);
    CHECK(elements[0].integer() == 3);
    CHECK(elements[2].integer() == 2);
}

TEST_CASE("a node is written compactly, with every digit it had")
{
    const auto document = parsed(R"( { "a" : [ 1 , 18446744073709551615, 0.1, "\u00e9\"\\\/\b" ] , "b" : { } } )");
    CHECK(document.root().serialize() == "{\"a\":[1,18446744073709551615,0.1,\"é\\\"\\\\/\\b\"],\"b\":{}}");
    CHECK(document.at("/a/2").serialize() == "0.1");
}
