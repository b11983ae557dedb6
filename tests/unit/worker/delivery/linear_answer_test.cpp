#include "worker/delivery/linear_answer.hpp"

#include "worker/delivery/linear_documents.hpp"

#include <catch2/catch.hpp>

namespace reclaim::delivery {

using namespace std::chrono_literals;

namespace {

const std::string ours = "6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11";
constexpr std::chrono::sys_seconds now{1700000000s};

struct name_of {
    std::string operator()(const opened& o) const { return "opened " + o.identifier + " " + o.url; }
    std::string operator()(const absent&) const { return "absent"; }
    std::string operator()(const throttled& t) const { return "throttled " + std::to_string(t.wait.count()); }
    std::string operator()(const retry&) const { return "retry"; }
    std::string operator()(const denied&) const { return "denied"; }
    std::string operator()(const refused&) const { return "refused"; }
    std::string operator()(const not_sent&) const { return "not_sent"; }
    std::string operator()(const unknown&) const { return "unknown"; }
    std::string operator()(const conflict&) const { return "conflict"; }
    std::string operator()(const ticket_answer& a) const { return std::visit(*this, a); }
};

std::string created(unsigned status, const std::string& body, http::headers headers = {})
{
    return std::visit(name_of{}, read_created({status, std::move(headers), body}, ours, now));
}

std::string found(unsigned status, const std::string& body)
{
    return std::visit(name_of{}, read_found({status, {}, body}, ours, now));
}

std::string error(const std::string& message, const std::string& extensions, const std::string& data = "null")
{
    return R"({"errors":[{"message":")" + message + R"(","extensions":{)" + extensions + R"(}}],"data":)" + data + "}";
}

std::string code(const std::string& name)
{
    return error("x", R"("code":")" + name + R"(")");
}

std::string type(const std::string& name)
{
    return error("x", R"("type":")" + name + R"(")");
}

std::string duplicate(const std::string& entity, const std::string& id)
{
    return error("conflict on insert of " + entity,
                 R"("type":"invalid input","code":"INPUT_ERROR","statusCode":400,"userError":true,)"
                 R"("userPresentableMessage":"Entity )" +
                     entity + " with id " + id + R"( already exists.")");
}

const std::string issue =
    R"({"id":")" + ours + R"(","identifier":"IT-101","url":"https://linear.app/x/issue/IT-101","title":"t"})";

}  // namespace

TEST_CASE("every code and type Linear is known to answer has one meaning for a create")
{
    const struct {
        std::string body;
        std::string meaning;
    } rows[] = {
        {code("RATELIMITED"), "throttled 60000"},
        {code("INPUT_ERROR"), "refused"},
        {error("Query too complex", R"("code":"INPUT_ERROR","type":"invalid input")"), "refused"},
        {error("labelIds contained an entry that could not be found.", R"("code":"INPUT_ERROR")"), "refused"},
        {error("Entity not found: Team", R"("code":"INPUT_ERROR")"), "refused"},
        {error("Entity not found: Issue", R"("code":"INPUT_ERROR")"), "refused"},
        {error("Argument Validation Error", R"("code":"INVALID_INPUT","type":"invalid input")"), "refused"},
        {code("AUTHENTICATION_ERROR"), "denied"},
        {code("FORBIDDEN"), "denied"},
        {code("FEATURE_NOT_ACCESSIBLE"), "refused"},
        {code("GRAPHQL_VALIDATION_FAILED"), "refused"},
        {type("ratelimited"), "throttled 60000"},
        {type("Ratelimited"), "throttled 60000"},
        {type("invalid input"), "refused"},
        {type("Authentication error"), "denied"},
        {type("forbidden"), "denied"},
        {type("feature not accessible"), "refused"},
        {type("graphql error"), "refused"},
        {type("user error"), "refused"},
        {type("usage limit exceeded"), "refused"},
        {type("lock timeout"), "unknown"},
        {type("internal error"), "unknown"},
        {type("network error"), "unknown"},
        {type("bootstrap error"), "unknown"},
        {type("unknown"), "unknown"},
        {type("other"), "unknown"},
        {code("SOMETHING_NEW"), "unknown"},
        {R"({"errors":[{}],"data":null})", "unknown"},
        {R"({"errors":[],"data":null})", "unknown"},
        {R"({"errors":"down"})", "unknown"},
        {duplicate("Issue", ours), "conflict"},
        {duplicate("issue", ours), "conflict"},
        {duplicate("Issue", "00000000-0000-4000-8000-000000000000"), "refused"},
        {duplicate("DocumentContent", "00000000-0000-4000-8000-000000000000"), "conflict"},
        {duplicate("Comment", ours), "refused"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        // The status misleads: each of these has been seen with more than one.
        for (const unsigned status : {200u, 400u, 403u, 429u, 500u})
            CHECK(created(status, row.body) == row.meaning);
    }
}

TEST_CASE("without errors in the body Linear's status decides")
{
    CHECK(created(401, "") == "denied");
    CHECK(created(403, "{}") == "denied");
    CHECK(created(404, "<html>") == "denied");
    CHECK(created(413, "") == "refused");
    CHECK(created(429, "") == "throttled 60000");
    CHECK(created(408, "") == "unknown");
    CHECK(created(500, "") == "unknown");
    CHECK(created(502, "<html>") == "unknown");
    CHECK(created(302, "") == "unknown");
    CHECK(created(200, "<html>") == "unknown");
    CHECK(created(200, "") == "unknown");
    CHECK(found(500, "") == "retry");
    CHECK(found(200, "<html>") == "retry");
    CHECK(found(401, "") == "denied");
}

TEST_CASE("a create is opened only when success and our own issue are shown and nothing contradicts them")
{
    const std::string good = R"({"data":{"issueCreate":{"success":true,"lastSyncId":1,"issue":)" + issue + "}}}";
    CHECK(created(200, good) == "opened IT-101 https://linear.app/x/issue/IT-101");
    CHECK(created(200, R"({"data":{"issueCreate":{"success":false,"issue":)" + issue + "}}}") == "unknown");
    CHECK(created(200, R"({"data":{"issueCreate":{"success":true,"issue":null}}})") == "unknown");
    CHECK(created(200, R"({"data":{"issueCreate":null}})") == "unknown");
    CHECK(created(200, R"({"data":null})") == "unknown");
    CHECK(
        created(200,
                R"({"data":{"issueCreate":{"success":true,"issue":{"id":"other","identifier":"IT-1","url":"u"}}}})") ==
        "unknown");
    CHECK(created(500, good) == "unknown");
    for (std::size_t length = 0; length < good.size(); ++length)
        REQUIRE(created(200, good.substr(0, length)) == "unknown");
}

TEST_CASE("errors are read before data, and errors beside data are cleared up by a lookup")
{
    const std::string data = R"({"issueCreate":{"success":true,"issue":)" + issue + "}}";
    CHECK(created(200, error("x", R"("code":"INPUT_ERROR")", data)) == "unknown");
    CHECK(created(200, error("x", R"("code":"FORBIDDEN")", data)) == "unknown");
    CHECK(found(200, error("x", R"("code":"FORBIDDEN")", R"({"issue":)" + issue + "}")) == "denied");
}

TEST_CASE("of several errors the most decisive counts")
{
    const auto two = [](const std::string& a, const std::string& b) {
        return R"({"errors":[{"message":"m","extensions":{"code":")" + a +
               R"("}},{"message":"m","extensions":{"code":")" + b + R"("}}],"data":null})";
    };
    CHECK(created(200, two("INPUT_ERROR", "RATELIMITED")) == "throttled 60000");
    CHECK(created(200, two("NEW_CODE", "INPUT_ERROR")) == "unknown");
    CHECK(created(200, two("INPUT_ERROR", "FORBIDDEN")) == "denied");
}

TEST_CASE("a lookup tells an issue from its absence and from trouble")
{
    CHECK(found(200, R"({"data":{"issue":)" + issue + "}}") == "opened IT-101 https://linear.app/x/issue/IT-101");
    CHECK(found(200, error("Entity not found: Issue", R"("code":"INPUT_ERROR","type":"invalid input")")) == "absent");
    CHECK(found(400, error("Entity not found: Issue - Could not find referenced Issue.", R"("code":"INPUT_ERROR")")) ==
          "absent");
    CHECK(found(200, error("entity not found: issue", R"("code":"INPUT_ERROR")")) == "absent");
    CHECK(found(200, error("Entity not found: Issue", R"("code":"OTHER")")) == "retry");
    CHECK(found(200, error("Entity not found: User", R"("code":"INPUT_ERROR")")) == "refused");
    CHECK(found(200, R"({"data":{"issue":null}})") == "retry");
    CHECK(found(200, R"({"data":{"issue":{"id":"other","identifier":"IT-1","url":"u"}}})") == "retry");
    CHECK(found(200, code("RATELIMITED")) == "throttled 60000");
    CHECK(found(200, type("internal error")) == "retry");
}

TEST_CASE("the wait for Linear is what it asks, else what the empty bucket needs to refill, else a minute")
{
    CHECK(linear_wait({}, now) == 60s);
    CHECK(linear_wait({{"Retry-After", "7"}}, now) == 7s);
    CHECK(linear_wait({{"Retry-After", "-1"}}, now) == 60s);
    // 1 of 600 an hour: six seconds, although the reset header is an hour ahead
    CHECK(linear_wait({{"X-RateLimit-Requests-Limit", "600"},
                       {"X-RateLimit-Requests-Remaining", "0"},
                       {"X-RateLimit-Requests-Reset", "1700003600000"}},
                      now) == 6s);
    CHECK(linear_wait({{"X-RateLimit-Requests-Limit", "2"},
                       {"X-RateLimit-Requests-Remaining", "0"},
                       {"X-RateLimit-Requests-Reset", "1700000009000"}},
                      now) == 10s);
    CHECK(linear_wait({{"X-RateLimit-Requests-Limit", "600"}, {"X-RateLimit-Requests-Remaining", "500"}}, now) == 60s);
    CHECK(linear_wait({{"X-Complexity", "100"},
                       {"X-RateLimit-Complexity-Limit", "36000"},
                       {"X-RateLimit-Complexity-Remaining", "20"}},
                      now) == 8s);
    CHECK(linear_wait({{"X-RateLimit-Requests-Limit", "0"}, {"X-RateLimit-Requests-Remaining", "0"}}, now) == 60s);
    CHECK(linear_wait({{"X-RateLimit-Endpoint-Requests-Limit", "1"}, {"X-RateLimit-Endpoint-Requests-Remaining", "-5"}},
                      now) == 1h);
    CHECK(created(400, code("RATELIMITED"), {{"Retry-After", "3"}}) == "throttled 3000");
}

TEST_CASE("the preflight names what is wrong with key or team")
{
    const auto read = [](unsigned status, const std::string& body) {
        return read_preflight({status, {}, body}, "team-1");
    };
    CHECK(read(200, R"({"data":{"viewer":{"id":"u"},"team":{"id":"team-1"}}})") == "");
    CHECK_THAT(read(200, R"({"data":{"viewer":null,"team":null}})"), Catch::Contains("key is not recognised"));
    CHECK_THAT(read(200, R"({"data":{"viewer":{"id":"u"},"team":{"id":"team-2"}}})"), Catch::Contains("team_id"));
    CHECK_THAT(read(200, error("Entity not found: Team", R"("code":"INPUT_ERROR")")),
               Catch::Contains("Entity not found: Team"));
    CHECK_THAT(read(401, code("AUTHENTICATION_ERROR")), Catch::Contains("valid key"));
}

TEST_CASE("a message is cut between characters, so that it can be stored as text")
{
    std::string message = "a";
    while (message.size() < 400)
        message += "\u00eb";
    const auto read = read_created({200, {}, error(message, R"("code":"INPUT_ERROR")")}, ours, now);
    const auto why = std::get<refused>(std::get<ticket_answer>(read)).why;
    CHECK(why.size() < 250);
    CHECK(why.ends_with("\u00eb"));
}

}  // namespace reclaim::delivery
