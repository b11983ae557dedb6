#include "outcome_word.hpp"
#include "shipped_recipe.hpp"
#include "worker/connectors/classify.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {

using namespace std::chrono_literals;

namespace {

const variables who{{"app_id", "0oa1"}, {"subject", "00u1"}};
constexpr std::chrono::sys_seconds now{1700000000s};

std::string error_body(const std::string& code)
{
    return R"({"errorCode":")" + code + R"(","errorSummary":"x","errorLink":"x","errorId":"oae1","errorCauses":[]})";
}

std::string user_body(const std::string& scope, const std::string& status, const std::string& id = "00u1")
{
    return R"({"id":")" + id + R"(","externalId":null,"scope":")" + scope + R"(","status":")" + status +
           R"(","syncState":"DISABLED","credentials":{"userName":"a@example.com"}})";
}

struct row {
    unsigned status;
    std::string body;
    std::string outcome;
    http::headers headers = {};
};

std::string judged(const call& made, const recipe& how, const row& r)
{
    return testing::word(classify(made, how.waits, {r.status, r.headers, r.body}, who, now).what);
}

}  // namespace

TEST_CASE("every answer Okta gives to a look at an app user has one meaning")
{
    const recipe okta = testing::shipped_recipe("okta-app-assignment");
    std::vector<row> rows{
        {404, error_body("E0000007"), "absent"},
        {404, error_body("E0000008"), "refused"},
        {404, error_body("E0000048"), "unknown"},
        {404, "", "unknown"},
        {404, "<html>not here</html>", "unknown"},
        {200, user_body("USER", "DEPROVISIONED"), "absent"},
        {200, user_body("GROUP", "UNASSIGNED"), "absent"},
        {200, user_body("USER", "REVOKED"), "scheduled"},
        {200, user_body("GROUP", "ACTIVE"), "still_present"},
        {401, error_body("E0000011"), "denied"},
        {401, error_body("E0000004"), "denied"},
        {403, error_body("E0000006"), "denied"},
        {403, error_body("E0000038"), "refused"},
        {405, error_body("E0000022"), "refused"},
        {400, error_body("E0000001"), "refused"},
        {500, error_body("E0000009"), "retry"},
        {503, error_body("E0000010"), "retry"},
        {502, "<html>", "retry"},
        {504, "", "retry"},
        {301, "", "unknown"},
        {302, user_body("USER", "ACTIVE"), "unknown"},
    };
    for (const auto* status : {"ACTIVE", "APPROVED", "IMPLICIT", "IMPORTED", "INACTIVE", "MATCHED", "PENDING",
                               "PROVISIONED", "STAGED", "SUSPENDED", "SOMETHING_NEW"})
        rows.push_back({200, user_body("USER", status), "held"});
    for (const row& r : rows) {
        CAPTURE(r.status, r.body);
        CHECK(judged(okta.check, okta, r) == r.outcome);
    }
}

TEST_CASE("every answer Okta gives to a DELETE of an app user has one meaning")
{
    const recipe okta = testing::shipped_recipe("okta-app-assignment");
    const row rows[] = {
        {204, "", "removed"},
        {200, "", "unknown"},
        {202, "{}", "unknown"},
        {204, "<html>", "unknown"},
        {404, error_body("E0000007"), "absent"},
        {404, error_body("E0000008"), "refused"},
        {404, "", "unknown"},
        {403, error_body("E0000046"), "still_present"},
        {403, error_body("E0000006"), "denied"},
        {403, error_body("E0000038"), "refused"},
        {403, "", "unknown"},
        {401, error_body("E0000011"), "denied"},
        {500, error_body("E0000009"), "look_again"},
        {502, "", "look_again"},
        {503, error_body("E0000010"), "look_again"},
        {504, "", "look_again"},
        {301, "", "unknown"},
    };
    for (const row& r : rows) {
        CAPTURE(r.status, r.body);
        CHECK(judged(okta.revoke, okta, r) == r.outcome);
    }
}

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
        CHECK(judged(okta.check, okta, {200, body, ""}) == "unknown");
    }
}

TEST_CASE("an answer cut at any byte never becomes a success")
{
    const recipe okta = testing::shipped_recipe("okta-app-assignment");
    const std::string whole = user_body("USER", "UNASSIGNED");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        REQUIRE(judged(okta.check, okta, {200, whole.substr(0, length), ""}) == "unknown");
    }
    CHECK(judged(okta.check, okta, {200, whole, ""}) == "absent");
}

TEST_CASE("Okta's rate limit is waited out by its own clock, its concurrency limit only briefly")
{
    const recipe okta = testing::shipped_recipe("okta-app-assignment");
    const http::header date{"Date", "Tue, 14 Nov 2023 22:13:10 GMT"};  // ten seconds before our now
    const auto body = error_body("E0000047");
    const row rows[] = {
        {429,
         body,
         "throttled 31000",
         {date, {"X-Rate-Limit-Limit", "600"}, {"X-Rate-Limit-Remaining", "0"}, {"X-Rate-Limit-Reset", "1700000020"}}},
        {429,
         body,
         "throttled 2000",
         {date, {"X-Rate-Limit-Limit", "0"}, {"X-Rate-Limit-Remaining", "0"}, {"X-Rate-Limit-Reset", "1700003000"}}},
        {429, body, "throttled 30000", {date, {"X-Rate-Limit-Reset", "1700000020,1700000020"}}},
        {429, "", "throttled 30000", {}},
        {429, body, "throttled 5000", {date, {"X-Rate-Limit-Reset", "1700000020"}, {"Retry-After", "5"}}},
        {429, body, "throttled 3600000", {date, {"X-Rate-Limit-Reset", "99999999999"}}},
    };
    for (const row& r : rows) {
        CAPTURE(r.outcome);
        CHECK(judged(okta.check, okta, r) == r.outcome);
        CHECK(judged(okta.revoke, okta, r) == r.outcome);
    }
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

TEST_CASE("only the app itself vouches for Okta's base URL and token")
{
    const recipe okta = testing::shipped_recipe("okta-app-assignment");
    const auto trouble = [&](unsigned status, const std::string& body) {
        const auto found = find_trouble(okta.health, okta.waits, {status, {}, body}, who, now);
        return found ? testing::word(*found) : "well";
    };
    CHECK(trouble(200, R"({"id":"0oa1","status":"ACTIVE"})") == "well");
    CHECK(trouble(200, R"({"id":"0oa2","status":"ACTIVE"})") == "unknown");
    CHECK(trouble(200, "<html>Sign in</html>") == "unknown");
    CHECK(trouble(204, "") == "unknown");
    CHECK(trouble(404, error_body("E0000007")) == "refused");
    CHECK(trouble(404, error_body("E0000008")) == "refused");
    CHECK(trouble(401, error_body("E0000011")) == "denied");
    CHECK(trouble(503, "") == "retry");
    CHECK(trouble(429, "") == "throttled 30000");
}

}  // namespace reclaim::connectors
