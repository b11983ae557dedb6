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

std::string added(const obstacle& got)
{
    return got ? std::visit(name_of{}, *got) : "there";
}

std::string attached(unsigned status, const std::string& body, http::headers headers = {})
{
    return added(read_attached({status, std::move(headers), body}, now));
}

std::string commented(unsigned status, const std::string& body)
{
    return added(read_commented({status, {}, body}, ours, now));
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

TEST_CASE("every code and type Linear is known to answer has one meaning for each call")
{
    struct row {
        std::string body;
        std::string of_create;
        std::string of_find;
        std::string of_attach;  // also of a comment, unless it says otherwise
        std::string of_comment{};
    };
    const row rows[] = {
        {code("RATELIMITED"), "throttled 60000", "throttled 60000", "throttled 60000"},
        {code("INPUT_ERROR"), "refused", "refused", "refused"},
        {error("Query too complex", R"("code":"INPUT_ERROR","type":"invalid input")"), "refused", "refused", "refused"},
        {error("labelIds contained an entry that could not be found.", R"("code":"INPUT_ERROR")"), "refused", "refused",
         "refused"},
        {error("teamIds contained an entry that could not be found.", R"("code":"INPUT_ERROR")"), "refused", "refused",
         "refused"},
        {error("Entity not found: Team", R"("code":"INPUT_ERROR")"), "refused", "refused", "refused"},
        {error("Entity not found: Issue", R"("code":"INPUT_ERROR")"), "refused", "absent", "refused"},
        {error("Argument Validation Error", R"("code":"INVALID_INPUT","type":"invalid input")"), "refused", "refused",
         "refused"},
        {code("AUTHENTICATION_ERROR"), "denied", "denied", "denied"},
        {code("FORBIDDEN"), "denied", "denied", "denied"},
        {code("FEATURE_NOT_ACCESSIBLE"), "refused", "refused", "refused"},
        {code("GRAPHQL_VALIDATION_FAILED"), "refused", "refused", "refused"},
        // the 14 types of Linear's own client
        {type("ratelimited"), "throttled 60000", "throttled 60000", "throttled 60000"},
        {type("Ratelimited"), "throttled 60000", "throttled 60000", "throttled 60000"},
        {type("invalid input"), "refused", "refused", "refused"},
        {type("Invalid input"), "refused", "refused", "refused"},
        {type("feature not accessible"), "refused", "refused", "refused"},
        {type("graphql error"), "refused", "refused", "refused"},
        {type("user error"), "refused", "refused", "refused"},
        {type("usage limit exceeded"), "refused", "refused", "refused"},
        {type("authentication error"), "denied", "denied", "denied"},
        {type("Authentication error"), "denied", "denied", "denied"},
        {type("forbidden"), "denied", "denied", "denied"},
        {type("lock timeout"), "unknown", "retry", "retry"},
        {type("internal error"), "unknown", "retry", "retry"},
        {type("network error"), "unknown", "retry", "retry"},
        {type("bootstrap error"), "unknown", "retry", "retry"},
        {type("unknown"), "unknown", "retry", "retry"},
        {type("other"), "unknown", "retry", "retry"},
        {type("a type of tomorrow"), "unknown", "retry", "retry"},
        {code("SOMETHING_NEW"), "unknown", "retry", "retry"},
        // a code says more than a type
        {error("x", R"("code":"RATELIMITED","type":"invalid input")"), "throttled 60000", "throttled 60000",
         "throttled 60000"},
        {error("x", R"("code":"FORBIDDEN","type":"other")"), "denied", "denied", "denied"},
        {error("x", R"("code":"SOMETHING_NEW","type":"forbidden")"), "denied", "denied", "denied"},
        // no error in a form we know
        {R"({"errors":[{}],"data":null})", "unknown", "retry", "retry"},
        {R"({"errors":[],"data":null})", "unknown", "retry", "retry"},
        {R"({"errors":"down"})", "unknown", "retry", "retry"},
        {R"({"errors":[7]})", "unknown", "retry", "retry"},
        // an id that is taken: by what we make ourselves, or not
        {duplicate("Issue", ours), "conflict", "retry", "refused"},
        {duplicate("issue", ours), "conflict", "retry", "refused"},
        {duplicate("Issue", "00000000-0000-4000-8000-000000000000"), "refused", "refused", "refused"},
        {duplicate("DocumentContent", "00000000-0000-4000-8000-000000000000"), "conflict", "retry", "refused"},
        {duplicate("Comment", ours), "refused", "refused", "refused", "there"},
        {duplicate("Comment", "00000000-0000-4000-8000-000000000000"), "refused", "refused", "refused"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        // The status misleads: each of these has been seen with more than one.
        for (const unsigned status : {200u, 400u, 401u, 403u, 429u, 500u}) {
            CHECK(created(status, row.body) == row.of_create);
            CHECK(found(status, row.body) == row.of_find);
            CHECK(attached(status, row.body) == row.of_attach);
            CHECK(commented(status, row.body) == (row.of_comment.empty() ? row.of_attach : row.of_comment));
        }
    }
}

TEST_CASE("a link and a comment are there only when Linear shows success and what it made")
{
    CHECK(attached(200, R"({"data":{"attachmentCreate":{"success":true,"attachment":{"id":"a"}}}})") == "there");
    CHECK(attached(200, R"({"data":{"attachmentCreate":{"success":false,"attachment":{"id":"a"}}}})") == "retry");
    CHECK(attached(200, R"({"data":{"attachmentCreate":{"success":true,"attachment":null}}})") == "retry");
    CHECK(attached(200, R"({"data":{"attachmentCreate":null}})") == "retry");
    CHECK(attached(400, code("RATELIMITED"), {{"Retry-After", "3"}}) == "throttled 3000");
    CHECK(commented(200, R"({"data":{"commentCreate":{"success":true,"comment":{"id":"c"}}}})") == "there");
    CHECK(commented(200, R"({"data":{"commentCreate":{"success":true}}})") == "retry");
    CHECK(commented(200, R"({"data":{"attachmentCreate":{"success":true,"attachment":{"id":"a"}}}})") == "retry");
}

TEST_CASE("without errors in the body the status decides, as in Linear's own client")
{
    const struct {
        unsigned status;
        std::string body;
        std::string of_create;
        std::string of_others;
    } rows[] = {
        {401, "", "denied", "denied"},
        {403, "{}", "denied", "denied"},
        {404, "<html>", "denied", "denied"},
        {400, "not GraphQL", "denied", "denied"},
        {408, "", "unknown", "retry"},
        {413, "", "refused", "refused"},
        {429, "", "throttled 60000", "throttled 60000"},
        {429, R"({"errors":null})", "throttled 60000", "throttled 60000"},
        {500, "", "unknown", "retry"},
        {502, "<html>", "unknown", "retry"},
        {503, "{}", "unknown", "retry"},
        {302, "", "unknown", "retry"},
        {204, "", "unknown", "retry"},
        {200, "", "unknown", "retry"},
        {200, "<html>", "unknown", "retry"},
        {200, R"({"data":null})", "unknown", "retry"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.status, row.body);
        CHECK(created(row.status, row.body) == row.of_create);
        CHECK(found(row.status, row.body) == row.of_others);
        CHECK(attached(row.status, row.body) == row.of_others);
        CHECK(commented(row.status, row.body) == row.of_others);
    }
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
    // both buckets empty: the one that takes longer; Retry-After comes first
    const http::headers both{{"X-RateLimit-Requests-Limit", "3600"},
                             {"X-RateLimit-Requests-Remaining", "0"},
                             {"X-Complexity", "50"},
                             {"X-RateLimit-Complexity-Limit", "36000"},
                             {"X-RateLimit-Complexity-Remaining", "0"}};
    CHECK(linear_wait(both, now) == 5s);
    // points are left, but fewer than this call costs; and as many as it costs
    CHECK(linear_wait({{"X-Complexity", "10000"},
                       {"X-RateLimit-Complexity-Limit", "2000000"},
                       {"X-RateLimit-Complexity-Remaining", "5000"}},
                      now) == 9s);
    CHECK(linear_wait({{"X-Complexity", "10"},
                       {"X-RateLimit-Complexity-Limit", "2000000"},
                       {"X-RateLimit-Complexity-Remaining", "10"}},
                      now) == 60s);
    // headers that make no sense are no headers
    CHECK(linear_wait({{"X-RateLimit-Requests-Limit", "many"}, {"X-RateLimit-Requests-Remaining", "0"}}, now) == 60s);
    auto said = both;
    said.push_back({"Retry-After", "3"});
    CHECK(linear_wait(said, now) == 3s);
    // it is the code that tells, whichever status it comes with
    for (const unsigned status : {200u, 400u, 429u}) {
        CHECK(created(status, code("RATELIMITED"), {{"Retry-After", "3"}}) == "throttled 3000");
        CHECK(created(status, code("RATELIMITED"), both) == "throttled 5000");
    }
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
