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
capability = "none"
variables = ["org", "subject"]
[check]
method = "GET"
path = "/orgs/{org}/members/{subject}"
)" + check_rules +
           R"([revoke]
method = "DELETE"
path = "/orgs/{org}/members"
body = '{"selected_usernames":["{subject}"]}'
[[revoke.classify]]
status = ["200"]
result = "done"
[health]
method = "GET"
path = "/orgs/{org}"
expect = ["200"]
)" + rest;
}

// Takes no answer of these tests, but a recipe without it could never remove anything.
const std::string held_rule = "[[check.classify]]\nstatus = [\"299\"]\nresult = \"held\"\n";

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
    const recipe how = parse_recipe(
        recipe_text("[[check.classify]]\nstatus = [\"200\"]\n" + condition + "\nresult = \"absent\"\n" + held_rule));
    const variables who{{"org", "o1"}, {"subject", "u1"}};
    return testing::word(classify(how.check, how.waits, {200, std::move(headers), body}, who, {}).what);
}

}  // namespace

TEST_CASE("a recipe without mistakes loads")
{
    CHECK(problems_of(recipe_text(good_rules)) == "");
    const recipe how = parse_recipe(recipe_text(good_rules, "[limits]\ntimeout = \"5s\"\nin_flight_max = 3\n"));
    CHECK(how.limits.timeout == std::chrono::seconds(5));
    CHECK(how.limits.in_flight_max == 3);
    CHECK_FALSE(how.limits.calls.any());
    CHECK(how.check.operation() == "GET /orgs/{org}/members/{subject}");
    const auto body = how.revoke.body->fill({{"subject", "octo\"cat"}, {"org", "x"}});
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
        {recipe_text(absent + "[[check.classify]]\nresult = \"gone\"\n"), "11", "none of the known words"},
        {recipe_text(absent + "[[check.classify]]\nresult = \"done\"\n"), "11", "cannot be concluded"},
        {recipe_text(absent + "[[check.classify]]\nstatus = [\"40\"]\nresult = \"held\"\n"), "11", "no status"},
        {recipe_text(absent + "[[check.classify]]\nstatus = [\"404\"]\nresult = \"held\"\n"), "12",
         "can never be reached"},
        {recipe_text(
             absent +
             "[[check.classify]]\nresult = \"held\"\n[[check.classify]]\nstatus = [\"500\"]\nresult = \"retry\"\n"),
         "14", "can never be reached"},
        {recipe_text(absent +
                     "[[check.classify]]\njson = [{ at = \"/a\", equals = \"{nobody}\" }]\nresult = \"held\"\n"),
         "11", "{nobody}"},
        {recipe_text(absent + "[[check.classify]]\njson = [{ at = \"a\", equals = \"b\" }]\nresult = \"held\"\n"), "11",
         "JSON pointer"},
        {recipe_text(absent + "[[check.classify]]\njson = [{ at = \"/a\" }]\nresult = \"held\"\n"), "11",
         "exactly one of"},
        {recipe_text(
             absent +
             "[[check.classify]]\njson = [{ at = \"/a\", equals = \"b\", is = \"non_null\" }]\nresult = \"held\"\n"),
         "11", "exactly one of"},
        {recipe_text(absent + "[[check.classify]]\njson = [{ at = \"/a\", none_equals = \"b\" }]\nresult = \"held\"\n"),
         "11", "'*'"},
        {recipe_text(absent + "[[check.classify]]\nstatus = [\"200\"]\nwait = \"2s\"\nresult = \"held\"\n"), "12",
         "throttled"},
        {recipe_text(absent + "colour = \"red\"\n"), "10", "colour"},
        {recipe_text(good_rules, "[[wait]]\nheader = \"Retry-After\"\nunit = \"days\"\n"), "",
         "none of the known words"},
        {recipe_text(good_rules, "[[wait]]\nheader = \"X\"\nunit = \"seconds\"\nminus = \"now\"\n"), "",
         "only be \"date\""},
        {recipe_text(absent), "", "no rule with result = \"held\""},
        {recipe_text(absent +
                     "[[check.classify]]\nstatus = [\"200\"]\njson = [{ at = \"/a\", equals = \"1\" }]\n"
                     "result = \"held\"\n[[check.classify]]\nstatus = [\"200\"]\njson = [{ at = \"/b\", equals "
                     "= \"2\" }, { at = \"/a\", equals = \"1\" }]\nresult = \"inherited\"\n"),
         "17", "can never be reached"},
        {recipe_text(absent + "[[check.classify]]\nstatus = [\"204\"]\njson = [{ at = \"/a\", equals = \"1\" }]\n"
                              "result = \"held\"\n"),
         "12", "has no body"},
        {recipe_text(absent + "[[check.classify]]\njson = [{ at = \"/a\", where = { b = \"c\" }, equals = \"1\" }]\n"
                              "result = \"held\"\n"),
         "11", "where chooses among its elements"},
        {recipe_text("[check.next]\nlink = \"/next\"\ncursor = \"/c\"\ninto = \"c\"\n" + good_rules), "8",
         "exactly one of"},
        {recipe_text("[check.save.org]\nat = \"/id\"\n" + good_rules), "8", "exists already"},
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

namespace {

// A recipe whose removal, and what the look saves for it, a test can change.
std::string revoking(const std::string& revoke, const std::string& save = "", const std::string& capability = "none")
{
    return "name = \"demo\"\ncapability = \"" + capability + R"("
variables = ["group_id", "subject"]
[check]
method = "GET"
path = "/x/{subject}"
)" + save + good_rules +
           "[revoke]\n" + revoke + R"(
[[revoke.classify]]
status = ["2xx"]
result = "done"
[health]
method = "GET"
path = "/x"
expect = ["200"]
)";
}

std::string patching(const std::string& operation)
{
    return revoking(
        "method = \"PATCH\"\npath = \"/Groups/{group_id}\"\nbody = '{\"schemas\":[\"{subject}\"],\"Operations\":[" +
        operation + "]}'");
}

}  // namespace

TEST_CASE("a request that is known to take more than one seat does not load")
{
    struct row {
        std::string revoke;
        std::string expected;  // "" loads
    };
    const row paths[] = {
        {"/v1.0/groups/{group_id}/members/{subject}/$ref", ""},
        {"/v1.0/groups/{group_id}/members/{subject}", "/$ref"},
        {"/groups/{group_id}/members/{subject}", "/$ref"},
        {"/beta/Groups/{group_id}/Members/{subject}", "/$ref"},
        {"/v1.0/groups/{group_id}/members/{subject}/", "without one at the end"},
        {"/v1.0/groups/{group_id}/%6Dembers/{subject}", "written plainly"},
        {"/v1.0/groups/{group_id}/owners/{subject}", "/$ref"},
        {"/v1.0/servicePrincipals/{group_id}/owners/{subject}", "/$ref"},
        {"/v1.0/users/{subject}", "the account or the group itself"},
        {"/v1.0/users/{subject}/appRoleAssignments/{group_id}", ""},
        {"/api/v4/groups/{group_id}/members/{subject}", ""},  // GitLab
        {"/api/v1/groups/{group_id}/users/{subject}", ""},
        {"/api/v1/users/{subject}", "deletes the account itself at Okta"},
        {"/admin/directory/v1/users/{subject}", "its data at Google"},
        {"/Users/{subject}", ""},
        {"/Groups/{subject}", "the whole group"},
        {"/groups/{group_id}/members", "names no person"},
        {"/groups//members/{subject}", "between single slashes"},
        {"/x/{subject}?force=true", "write the query as a table"},
    };
    for (const row& r : paths) {
        CAPTURE(r.revoke);
        const auto problems = problems_of(revoking("method = \"DELETE\"\npath = \"" + r.revoke + "\""));
        if (r.expected.empty())
            CHECK(problems == "");
        else
            CHECK_THAT(problems, Catch::Contains(r.expected) && Catch::Contains("demo.toml:15"));
    }
    const row operations[] = {
        {R"({"op":"remove","path":"members[value eq \"{subject}\"]"})", ""},
        {R"({"op":"replace","path":"active","value":false})", ""},
        {R"({"op":"remove","path":"members"})", "takes everybody"},
        {R"({"op":"remove","path":"members","value":[{"value":"{subject}"}]})", "takes everybody"},
        {R"({"op":"Remove","path":"members[type eq \"User\"]"})", "takes everybody"},
        {R"({"op":"remove"})", "takes everybody"},
        {R"({"op":"replace","path":"members","value":[]})", "takes everybody"},
        {R"({"op":"{group_id}","path":"x"})", "named by a variable"},
    };
    for (const row& r : operations) {
        CAPTURE(r.revoke);
        if (r.expected.empty())
            CHECK(problems_of(patching(r.revoke)) == "");
        else
            CHECK_THAT(problems_of(patching(r.revoke)), Catch::Contains(r.expected));
    }
    CHECK_THAT(problems_of(revoking("method = \"DELETE\"\npath = \"/x/{subject}\"\nquery = { \"a&b\" = \"c\" }")),
               Catch::Contains("no usable name"));
    const auto licence = [](const std::string& body) {
        return problems_of(
            revoking("method = \"POST\"\npath = \"/v1.0/users/{subject}/assignLicense\"\nbody = '" + body + "'"));
    };
    CHECK(licence(R"({"addLicenses":[],"removeLicenses":["{group_id}"]})") == "");
    CHECK_THAT(licence(R"({"removeLicenses":["{group_id}"]})"), Catch::Contains("addLicenses"));
    CHECK_THAT(licence(R"({"addLicenses":["{group_id}"],"removeLicenses":[]})"), Catch::Contains("gives licences"));
    CHECK_THAT(
        problems_of(revoking("method = \"DELETE\"\npath = \"/v2/users/{subject}\"\nquery = { action = \"delete\" }")),
        Catch::Contains("disassociate"));
    CHECK(problems_of(revoking(
              "method = \"DELETE\"\npath = \"/v2/users/{subject}\"\nquery = { action = \"disassociate\" }")) == "");
}

TEST_CASE("the capability a recipe states is what its removal does")
{
    const std::string call = "method = \"DELETE\"\npath = \"/x/{subject}\"\n";
    const std::string key = call + "headers = { Idempotency-Key = \"{operation}\" }";
    const std::string version = call + "headers = { If-Match = \"{etag}\" }";
    const std::string save = "[check.save.etag]\nheader = \"ETag\"\n";
    const std::string maybe = save + "optional = true\n";
    CHECK(problems_of(revoking(key, "", "operation_key")) == "");
    CHECK(problems_of(revoking(version, save, "precondition")) == "");
    CHECK(problems_of(revoking(version, maybe, "none")) == "");  // welcome, but nothing to rely on
    CHECK_THAT(problems_of(revoking(call, "", "operation_key")), Catch::Contains("{operation}"));
    CHECK_THAT(problems_of(revoking(call, save, "precondition")), Catch::Contains("If-Match"));
    CHECK_THAT(problems_of(revoking(version, maybe, "precondition")), Catch::Contains("not an optional one"));
    CHECK_THAT(problems_of(revoking(key, "", "none")), Catch::Contains("is more than"));
    CHECK_THAT(problems_of(revoking(version, save, "none")), Catch::Contains("is more than"));
    CHECK_THAT(problems_of(revoking(call, "", "exactly_once")), Catch::Contains("capability"));
    CHECK_THAT(problems_of(revoking("method = \"DELETE\"\npath = \"/x/{etag}\"", maybe)),
               Catch::Contains("only fit in headers"));
}

TEST_CASE("what an app has to give is every variable that does not come with the job")
{
    const recipe how = parse_recipe(recipe_text(good_rules));
    CHECK(find_missing(how, {{"org", "o1"}}).empty());
    CHECK(find_missing(how, {}) == std::vector<std::string>{"org"});
    CHECK(find_missing(how, {{"org", ""}}) == std::vector<std::string>{"org"});
}

TEST_CASE("a call that only reads is a GET or a POST")
{
    auto text = recipe_text(good_rules);
    text.replace(text.find("\"GET\""), 5, "\"DELETE\"");
    CHECK_THAT(problems_of(text), Catch::Contains("only reads"));
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
    CHECK(look_at(R"(json = [{ at = "/id", equals = "{subject}" }])", R"({"id":"u1"})") == "absent");
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

TEST_CASE("members of one element are judged together")
{
    const std::string direct = R"(json = [{ at = "/l/*/by", where = { sku = "{subject}" }, is = "null_or_missing" },
                                          { at = "/l/*/sku", equals = "{subject}" }])";
    CHECK(look_at(direct, R"({"l":[{"sku":"u1","by":null},{"sku":"x","by":"g"}]})") == "absent");
    CHECK(look_at(direct, R"({"l":[{"sku":"u1","by":"g"},{"sku":"x","by":null}]})") == "unknown");
    const std::string none = R"(json = [{ at = "/l/*/role", where = { app = "{subject}" }, none_equals = "r" }])";
    CHECK(look_at(none, R"({"l":[{"app":"x","role":"r"},{"app":"u1","role":"s"}]})") == "absent");
    CHECK(look_at(none, R"({"l":[{"app":"U1","role":"R"}]})") == "unknown");
    CHECK(look_at(none, R"({"l":null})") == "unknown");
}

TEST_CASE("a body that is no JSON meets no JSON condition, not even that something is missing")
{
    const recipe how = parse_recipe(recipe_text("[[check.classify]]\nstatus = [\"404\"]\njson = [{ at = \"/d\", is = "
                                                "\"null_or_missing\" }]\nresult = \"absent\"\n" +
                                                held_rule));
    const auto judged = [&](const std::string& body) {
        return testing::word(classify(how.check, how.waits, {404, {}, body}, {}, {}).what);
    };
    CHECK(judged("{}") == "absent");
    CHECK(judged("<html>no such page</html>") == "unknown");
    CHECK(judged("") == "unknown");
}

TEST_CASE("a star is any element of an array")
{
    const std::string any = R"(json = [{ at = "/m/*/value", equals = "{subject}" }])";
    CHECK(look_at(any, R"({"m":[{"value":"u0"},{"value":"u1"}]})") == "absent");
    CHECK(look_at(any, R"({"m":[{"value":"u0"},{"v":"u1"}]})") == "unknown");
    CHECK(look_at(R"(json = [{ at = "/a/*/b/*", equals = "x" }])", R"({"a":[{"b":["y"]},{"b":["z","x"]}]})") ==
          "absent");
    CHECK(look_at(R"(json = [{ at = "/*/id", equals = "x" }])", R"([{"id":"x"}])") == "absent");
    CHECK(look_at(R"(json = [{ at = "/*x/id", equals = "x" }])", R"({"*x":{"id":"x"}})") == "absent");
}

TEST_CASE("not being among the members is only believed of a list of members")
{
    const std::string none = R"(json = [{ at = "/m/*/value", none_equals = "{subject}" }])";
    CHECK(look_at(none, R"({"m":[{"value":"u0"},{"value":"u2"}]})") == "absent");
    CHECK(look_at(none, R"({"m":[]})") == "absent");
    CHECK(look_at(none, R"({"m":[{"value":"u0"},{"value":"u1"}]})") == "unknown");
    CHECK(look_at(none, R"({"m":[{"value":"U1"}]})") == "unknown");  // the same id in other letters
    CHECK(look_at(none, R"({"m":null})") == "unknown");
    CHECK(look_at(none, R"({"error":"try later"})") == "unknown");
    CHECK(look_at(none, "[]") == "unknown");
}

TEST_CASE("a recipe may bring its vendor's quota and say that a person's calls come one by one")
{
    const recipe how = parse_recipe(
        recipe_text(good_rules, "[limits]\nrate = \"60/m\"\nconcurrency = 4\none_call_per = \"subject\"\n"));
    CHECK(how.limits.calls.rate == 1);
    CHECK(how.limits.calls.concurrency == 4);
    CHECK(how.limits.calls.one_call_per == "subject");
    const auto wrong = problems_of(recipe_text(good_rules, "[limits]\nrate = \"fast\"\none_call_per = \"org\"\n"));
    CHECK(wrong.find("rate") != std::string::npos);
    CHECK(wrong.find("one_call_per") != std::string::npos);
}

TEST_CASE("a recipe says where its vendor tells what is left")
{
    const recipe how = parse_recipe(recipe_text(
        good_rules, "[allowance]\nleft = \"X-Left\"\nof = \"X-Of\"\nreset = \"X-Reset\"\nunit = \"epoch_s\"\n"));
    REQUIRE(how.allowance);
    CHECK(how.allowance->left == "X-Left");
    CHECK(how.allowance->reset.header == "X-Reset");
    CHECK(problems_of(recipe_text(good_rules, "[allowance]\nleft = \"X-Left\"\n")).find("reset") != std::string::npos);
}

}  // namespace reclaim::connectors
