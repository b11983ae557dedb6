#include "script.hpp"
#include "shipped_recipe.hpp"
#include "worker/connectors/capture.hpp"
#include "worker/connectors/engine.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {

namespace {

std::string captured_from(const std::string& body)
{
    const auto parsed = json::document::parse(body);
    return read_captured({{"role", "/role"}, {"profile", "/more/profile"}}, parsed->root());
}

const std::string recipe_text = R"(
name = "seats"
capability = "none"
variables = ["subject"]
[check]
method = "GET"
path = "/seats/{subject}"
classify = [{ status = ["200"], result = "held" }, { status = ["404"], result = "absent" }]
[revoke]
method = "DELETE"
path = "/seats/{subject}"
classify = [{ status = ["204"], result = "done" }]
[restore]
method = "PUT"
path = "/seats/{subject}"
body = '{"role": "{role}"}'
capture = { role = "/role", profile = "/profile" }
classify = [{ status = ["204"], result = "done" }]
[health]
method = "GET"
path = "/me"
expect = ["200"]
)";

std::string without(std::string text, const std::string& piece)
{
    text.replace(text.find(piece), piece.size(), "");
    return text;
}

}  // namespace

TEST_CASE("what the recipe names is captured as the vendor wrote it, and nothing else of the answer")
{
    CHECK(captured_from(R"({"role": "editor", "more": {"profile": {"a": [1, true, null]}}, "secret": "x"})") ==
          R"({"role":"editor","profile":{"a":[1,true,null]}})");
    CHECK(captured_from(R"({"role": 7})") == R"({"role":7})");
    CHECK(captured_from(R"({"other": 7})").empty());
}

TEST_CASE("more than is worth keeping is not captured at all")
{
    CHECK(captured_from(R"({"role": ")" + std::string(20000, 'x') + "\"}").empty());
}

TEST_CASE("what is not the same again is missing by name; the order of members is no difference")
{
    const std::string was = R"({"role":"editor","profile":{"a":1,"b":[1,2]}})";
    CHECK(find_not_given_back(was, R"({"profile":{"b":[1,2],"a":1},"role":"editor","new":1})").empty());
    CHECK(find_not_given_back(was, R"({"profile":{"b":[2,1],"a":1},"role":"editor"})") ==
          std::vector<std::string>{"profile"});
    CHECK(find_not_given_back(was, R"({"profile":{"a":1},"role":"viewer"})") ==
          std::vector<std::string>{"role", "profile"});
    CHECK(find_not_given_back(was, "") == std::vector<std::string>{"role", "profile"});
    CHECK(find_not_given_back("", was).empty());
}

TEST_CASE("a look at a seat that is held captures it, and the restore's request carries it")
{
    testing::script vendor;
    vendor.then(200, R"({"role":"editor","profile":{"team":"x"}})").then(204, "");
    engine seats(parse_recipe(recipe_text), vendor.play(), {}, testing::with_key(), {});
    REQUIRE(seats.can_restore());
    const target whose{{{"subject", "ada"}}};
    const auto before = testing::await_now(seats.look(whose, {"key", 1}, testing::soon()));
    CHECK(before.captured == R"({"profile":{"team":"x"},"role":"editor"})");
    const auto given = testing::await_now(seats.restore(whose, before.captured, {"key", 2}, testing::soon()));
    CHECK(std::holds_alternative<removed>(given.what));
    CHECK(vendor.seen.back().method == "PUT");
    CHECK(vendor.seen.back().body == R"({"role":"editor"})");
}

TEST_CASE("without what was captured a request that needs it is refused and not sent with a hole")
{
    testing::script vendor;
    engine seats(parse_recipe(recipe_text), vendor.play(), {}, testing::with_key(), {});
    const auto got = testing::await_now(seats.restore({{{"subject", "ada"}}}, "", {"key", 1}, testing::soon()));
    CHECK(std::holds_alternative<refused>(got.what));
    CHECK(vendor.seen.empty());
}

TEST_CASE("a recipe without a restore cannot give a seat back and captures nothing")
{
    auto text = recipe_text;
    text.erase(text.find("[restore]"), text.find("[health]") - text.find("[restore]"));
    const auto how = parse_recipe(text);
    CHECK_FALSE(how.restore);
    CHECK(how.check.captures.empty());
}

TEST_CASE("a restore that names what nothing captures, or captures under a variable's name, is refused when it is read")
{
    CHECK_THROWS_WITH(parse_recipe(without(recipe_text, "role = \"/role\", ")), Catch::Contains("{role}"));
    auto twice = recipe_text;
    twice.replace(twice.find("profile ="), 9, "subject =");
    CHECK_THROWS_WITH(parse_recipe(twice), Catch::Contains("another name"));
}

TEST_CASE("Okta gives an app back by id and scope, and keeps what its look told of the assignment")
{
    const recipe okta = testing::shipped_recipe("okta-app-assignment");
    REQUIRE(okta.restore);
    CHECK(okta.restore->operation() == "POST /api/v1/apps/{app_id}/users");
    const auto body = okta.restore->body->fill({{"subject", "00u1"}});
    REQUIRE(body.has_value());
    CHECK(*body == R"({"id":"00u1","scope":"USER"})");
    CHECK(okta.check.captures.size() == 3);
}

}  // namespace reclaim::connectors
