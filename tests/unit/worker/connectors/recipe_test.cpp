#include "worker/connectors/recipe.hpp"

#include "common/base/error.hpp"
#include "outcome_word.hpp"
#include "worker/connectors/classify.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {

namespace {

// A whole recipe in which a test can change one place.
std::string recipe_text(const std::string& check_rules, const std::string& rest = "")
{
    return R"(name = "demo"
variables = ["org", "user"]
[check]
method = "GET"
path = "/orgs/{org}/members/{user}"
)" + check_rules +
           R"([revoke]
method = "DELETE"
path = "/orgs/{org}/members"
body = '{"selected_usernames":["{user}"]}'
[[revoke.classify]]
status = ["200"]
result = "done"
[health]
method = "GET"
path = "/orgs/{org}"
expect = ["200"]
)" + rest;
}

const std::string good_rules = R"([[check.classify]]
status = ["404"]
result = "absent"
[[check.classify]]
status = ["2xx"]
result = "held"
)";

std::string problems_of(const std::string& text)
{
    try {
        parse_recipe(text, "demo.toml");
        return "";
    } catch (const setup_error& e) {
        return e.what();
    }
}

// The outcome of a look answered with this body, judged by one rule set.
std::string look_at(const std::string& condition, const std::string& body, http::headers headers = {})
{
    const recipe how =
        parse_recipe(recipe_text("[[check.classify]]\nstatus = [\"200\"]\n" + condition + "\nresult = \"absent\"\n"));
    const variables who{{"org", "o1"}, {"user", "u1"}};
    return testing::word(classify(how.check, how.waits, {200, std::move(headers), body}, who, {}).what);
}

}  // namespace

TEST_CASE("a recipe without mistakes loads")
{
    CHECK(problems_of(recipe_text(good_rules)) == "");
    const recipe how = parse_recipe(recipe_text(good_rules, "[limits]\ntimeout = \"5s\"\nin_flight_max = 3\n"));
    CHECK(how.limits.timeout == std::chrono::seconds(5));
    CHECK(how.limits.in_flight_max == 3);
    CHECK(how.check.operation() == "GET /orgs/{org}/members/{user}");
    const auto body = how.revoke.body->fill({{"user", "octo\"cat"}, {"org", "x"}});
    REQUIRE(body.has_value());
    CHECK(*body == R"({"selected_usernames":["octo\"cat"]})");
}

TEST_CASE("each mistake of a recipe is reported with its line and the fix")
{
    struct row {
        std::string text;
        std::string line;
        std::string expected;
    };
    const std::string absent = "[[check.classify]]\nstatus = [\"404\"]\nresult = \"absent\"\n";
    const row rows[] = {
        {recipe_text(absent + "[[check.classify]]\nresult = \"gone\"\n"), "10", "none of the known words"},
        {recipe_text(absent + "[[check.classify]]\nresult = \"done\"\n"), "10", "cannot be concluded"},
        {recipe_text(absent + "[[check.classify]]\nstatus = [\"40\"]\nresult = \"held\"\n"), "10", "no status"},
        {recipe_text(absent + "[[check.classify]]\nstatus = [\"404\"]\nresult = \"held\"\n"), "11",
         "can never be reached"},
        {recipe_text(
             absent +
             "[[check.classify]]\nresult = \"held\"\n[[check.classify]]\nstatus = [\"500\"]\nresult = \"retry\"\n"),
         "13", "can never be reached"},
        {recipe_text(absent +
                     "[[check.classify]]\njson = [{ at = \"/a\", equals = \"{nobody}\" }]\nresult = \"held\"\n"),
         "10", "{nobody}"},
        {recipe_text(absent + "[[check.classify]]\njson = [{ at = \"a\", equals = \"b\" }]\nresult = \"held\"\n"), "10",
         "JSON pointer"},
        {recipe_text(absent + "[[check.classify]]\njson = [{ at = \"/a\" }]\nresult = \"held\"\n"), "10",
         "exactly one of"},
        {recipe_text(
             absent +
             "[[check.classify]]\njson = [{ at = \"/a\", equals = \"b\", is = \"non_null\" }]\nresult = \"held\"\n"),
         "10", "exactly one of"},
        {recipe_text(absent + "[[check.classify]]\njson = [{ at = \"/a\", none_equals = \"b\" }]\nresult = \"held\"\n"),
         "10", "'*'"},
        {recipe_text(absent + "[[check.classify]]\nstatus = [\"200\"]\nwait = \"2s\"\nresult = \"held\"\n"), "11",
         "throttled"},
        {recipe_text(absent + "colour = \"red\"\n"), "9", "colour"},
        {recipe_text(good_rules, "[[wait]]\nheader = \"Retry-After\"\nunit = \"days\"\n"), "",
         "none of the known words"},
        {recipe_text(good_rules, "[[wait]]\nheader = \"X\"\nunit = \"seconds\"\nminus = \"now\"\n"), "",
         "only be \"date\""},
        {recipe_text("[[check.classify]]\nstatus = [\"200\"]\nresult = \"held\"\n"), "",
         "no rule with result = \"absent\""},
    };
    for (const row& r : rows) {
        CAPTURE(r.text);
        const auto problems = problems_of(r.text);
        CHECK_THAT(problems, Catch::Contains(r.expected));
        CHECK_THAT(problems, Catch::Contains(r.line));
    }
}

TEST_CASE("all mistakes of a recipe are reported at once")
{
    const auto problems =
        problems_of("name = \"x\"\n[check]\nmethod = \"FETCH\"\npath = \"/{a}\"\n[revoke]\nmethod = \"DELETE\"\n");
    for (const auto* expected : {"FETCH", "{a}", "absent", "path", "expect"}) {
        CAPTURE(problems);
        if (std::string(expected) != "FETCH")  // values are never repeated, they may be secrets
            CHECK_THAT(problems, Catch::Contains(expected));
        else
            CHECK_THAT(problems, !Catch::Contains(expected) && Catch::Contains("method"));
    }
}

TEST_CASE("conditions see what stands at their pointer")
{
    CHECK(look_at(R"(json = [{ at = "/ok", equals = "true" }])", R"({"ok":true})") == "absent");
    CHECK(look_at(R"(json = [{ at = "/ok", equals = "true" }])", R"({"ok":false})") == "unknown");
    CHECK(look_at(R"(json = [{ at = "/type", equals = "1" }])", R"({"type":1})") == "absent");
    CHECK(look_at(R"(json = [{ at = "/type", equals = "1" }])", R"({"type":10})") == "unknown");
    CHECK(look_at(R"(json = [{ at = "/id", equals = "{user}" }])", R"({"id":"u1"})") == "absent");
    CHECK(look_at(R"(json = [{ at = "/e", in = ["a", "b"] }])", R"({"e":"b"})") == "absent");
    CHECK(look_at(R"(json = [{ at = "/e", contains_ci = "Not Found" }])", R"({"e":"user NOT FOUND here"})") ==
          "absent");
    CHECK(look_at(R"(json = [{ at = "/d", is = "non_null" }])", R"({"d":"2026"})") == "absent");
    CHECK(look_at(R"(json = [{ at = "/d", is = "non_null" }])", R"({"d":null})") == "unknown");
    CHECK(look_at(R"(json = [{ at = "/d", is = "null_or_missing" }])", R"({"d":null})") == "absent");
    CHECK(look_at(R"(json = [{ at = "/d", is = "null_or_missing" }])", R"({})") == "absent");
    CHECK(look_at(R"(json = [{ at = "/d", is = "null_or_missing" }])", R"({"d":0})") == "unknown");
    CHECK(look_at(R"(json = [{ at = "/r", is = "empty_array" }])", R"({"r":[]})") == "absent");
    CHECK(look_at(R"(json = [{ at = "/r", is = "empty_array" }])", R"({"r":{}})") == "unknown");
    CHECK(look_at(R"(json = [{ at = "/r", is = "empty_array" }])", R"({})") == "unknown");
    CHECK(look_at(R"(json = [{ at = "/a", equals = "1" }, { at = "/b", equals = "2" }])", R"({"a":"1","b":"3"})") ==
          "unknown");
    CHECK(look_at(R"(header = [{ name = "X-State" }])", "{}", {{"x-state", "any"}}) == "absent");
    CHECK(look_at(R"(header = [{ name = "X-State" }])", "{}") == "unknown");
    CHECK(look_at(R"(header = [{ name = "X-State", equals = "0" }])", "{}", {{"X-State", "1"}}) == "unknown");
}

TEST_CASE("a body that is no JSON meets no JSON condition, not even that something is missing")
{
    const recipe how = parse_recipe(recipe_text("[[check.classify]]\nstatus = [\"404\"]\njson = [{ at = \"/d\", is = "
                                                "\"null_or_missing\" }]\nresult = \"absent\"\n"));
    const auto judged = [&](const std::string& body) {
        return testing::word(classify(how.check, how.waits, {404, {}, body}, {}, {}).what);
    };
    CHECK(judged("{}") == "absent");
    CHECK(judged("<html>no such page</html>") == "unknown");
    CHECK(judged("") == "unknown");
}

TEST_CASE("a star is any element of an array")
{
    const std::string any = R"(json = [{ at = "/m/*/value", equals = "{user}" }])";
    CHECK(look_at(any, R"({"m":[{"value":"u0"},{"value":"u1"}]})") == "absent");
    CHECK(look_at(any, R"({"m":[{"value":"u0"},{"v":"u1"}]})") == "unknown");
    CHECK(look_at(R"(json = [{ at = "/a/*/b/*", equals = "x" }])", R"({"a":[{"b":["y"]},{"b":["z","x"]}]})") ==
          "absent");
    CHECK(look_at(R"(json = [{ at = "/*/id", equals = "x" }])", R"([{"id":"x"}])") == "absent");
    CHECK(look_at(R"(json = [{ at = "/*x/id", equals = "x" }])", R"({"*x":{"id":"x"}})") == "absent");
}

TEST_CASE("not being among the members is only believed of a list of members")
{
    const std::string none = R"(json = [{ at = "/m/*/value", none_equals = "{user}" }])";
    CHECK(look_at(none, R"({"m":[{"value":"u0"},{"value":"u2"}]})") == "absent");
    CHECK(look_at(none, R"({"m":[]})") == "absent");
    CHECK(look_at(none, R"({"m":[{"value":"u0"},{"value":"u1"}]})") == "unknown");
    CHECK(look_at(none, R"({"m":null})") == "unknown");
    CHECK(look_at(none, R"({"error":"try later"})") == "unknown");
    CHECK(look_at(none, "[]") == "unknown");
}

}  // namespace reclaim::connectors
