// What a body of Okta is taken for beyond its documented answers, which are in contracts/okta-app-assignment.toml.
#include "outcome_word.hpp"
#include "shipped_recipe.hpp"
#include "worker/connectors/classify.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {

namespace {

const variables who{{"app_id", "0oa1"}, {"subject", "00u1"}};
constexpr std::chrono::sys_seconds now{std::chrono::seconds(1700000000)};

std::string user_body(const std::string& scope, const std::string& status, const std::string& id = "00u1")
{
    return R"({"id":")" + id + R"(","externalId":null,"scope":")" + scope + R"(","status":")" + status +
           R"(","syncState":"DISABLED","credentials":{"userName":"a@example.com"}})";
}

std::string seen_in(const recipe& how, const std::string& body)
{
    return testing::word(classify(how.check, how.waits, {200, {}, body}, who, now).what);
}

}  // namespace

TEST_CASE("nonsense with a good status is never taken for an answer")
{
    const recipe okta = testing::shipped_recipe("okta-app-assignment");
    const std::string whole = user_body("USER", "DEPROVISIONED");
    const std::string rows[] = {
        "",
        "<html>Sign in</html>",
        "null",
        "5",
        "\"absent\"",
        "[]",
        "{}",
        whole.substr(0, whole.size() - 1),
        whole + "}",
        user_body("USER", "DEPROVISIONED", "00u2"),
        user_body("USER", "ACTIVE", "00U1"),
        R"({"id":"00u1","status":"ACTIVE"})",
        R"({"id":"00u1","scope":"USER"})",
        R"({"id":["00u1"],"scope":"USER","status":"ACTIVE"})",
        R"({"id":"00u2","id":"00u1","scope":"USER","status":"UNASSIGNED"})",
        std::string(5000, '['),
    };
    for (const std::string& body : rows) {
        CAPTURE(body);
        CHECK(seen_in(okta, body) == "unknown");
    }
}

TEST_CASE("an answer cut at any byte never becomes a success")
{
    const recipe okta = testing::shipped_recipe("okta-app-assignment");
    const std::string whole = user_body("USER", "UNASSIGNED");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        REQUIRE(seen_in(okta, whole.substr(0, length)) == "unknown");
    }
    CHECK(seen_in(okta, whole) == "absent");
}

TEST_CASE("the look tells how the seat is assigned")
{
    const recipe okta = testing::shipped_recipe("okta-app-assignment");
    const auto assignment = [&](const std::string& scope) {
        return classify(okta.check, okta.waits, {200, {}, user_body(scope, "ACTIVE")}, who, now).assignment;
    };
    CHECK(assignment("USER") == "USER");
    CHECK(assignment("GROUP") == "GROUP");
    CHECK(assignment("no <b>word</b>") == "");
    CHECK(assignment(std::string(65, 'A')) == "");
}

}  // namespace reclaim::connectors
