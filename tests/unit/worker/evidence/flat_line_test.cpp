#include "worker/evidence/flat_line.hpp"

#include <catch2/catch.hpp>

using reclaim::worker::evidence::flat_line;

TEST_CASE("a line is read as it was written: numbers, texts, and texts with escapes")
{
    flat_line line;
    REQUIRE(line.read(R"({"id":-7,"plain":"Ä b","escaped":"say \"x\\y\" \u000a\u001f","empty":""})"));
    CHECK(line.integer("id") == -7);
    CHECK(line.cell("id") == "-7");
    CHECK(line.text("plain") == "Ä b");
    CHECK(line.text("escaped") == "say \"x\\y\" \n\x1f");
    CHECK(line.text("empty") == "");
    CHECK(line.raw("plain") == "Ä b");
    CHECK_FALSE(line.text("id").has_value());
    CHECK_FALSE(line.integer("plain").has_value());
    CHECK_FALSE(line.text("absent").has_value());
    CHECK(line.cell("absent").empty());
}

TEST_CASE("what stands in a text is not taken for a member")
{
    flat_line line;
    REQUIRE(line.read(R"({"detail":"{\"job_id\":1,\"x\":\"","job_id":2})"));
    CHECK(line.integer("job_id") == 2);
}

TEST_CASE("what is not of the form is refused")
{
    flat_line line;
    for (const auto* text :
         {"", "{", "{}", "[]", R"({"a":1)", R"({"a":})", R"({"a":1,})", R"({"a": 1})", R"({"a":"x})", R"({"a":"x\"})",
          R"({"a":1} )", R"({"a":null})", R"({"a":{}})", R"({a:1})", R"("a":1})", R"({"a":1}{"a":1})"})
        CHECK_FALSE(line.read(text));
    REQUIRE(line.read(R"({"a":99999999999999999999})"));
    CHECK_FALSE(line.integer("a").has_value());
}
