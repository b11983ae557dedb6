#include "common/http/ops.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

using namespace reclaim::http;

namespace {

response ask(const handler& ops, const std::string& method, const std::string& path)
{
    server_request asked;
    asked.message.method = method;
    asked.path = path;
    asio::io_context context(1);
    response out;
    asio::co_spawn(context, ops(asked), [&out](std::exception_ptr, response got) { out = std::move(got); });
    context.run();
    return out;
}

}  // namespace

TEST_CASE("the operations listener tells health, readiness with its reason, and metrics")
{
    reclaim::metrics::registry metrics;
    metrics.counter("reclaim_test_total", "A counter of this test").add();
    readiness state{true, ""};
    const auto ops = ops_handler(metrics, [&state] { return state; });

    CHECK(ask(ops, "GET", "/healthz").status == 200);
    CHECK(ask(ops, "GET", "/readyz").status == 200);
    CHECK(ask(ops, "GET", "/readyz").body == R"({"ready":true})");
    state = {false, "the database does not answer"};
    CHECK(ask(ops, "GET", "/readyz").status == 503);
    CHECK(ask(ops, "GET", "/readyz").body == R"({"ready":false,"why":"the database does not answer"})");
    CHECK(ask(ops, "GET", "/healthz").status == 200);  // unready is not dead

    const auto metrics_answer = ask(ops, "GET", "/metrics");
    CHECK(metrics_answer.status == 200);
    CHECK_THAT(metrics_answer.body, Catch::Contains("reclaim_test_total 1"));
    CHECK_THAT(std::string(*find(metrics_answer.headers, "content-type")),
               Catch::StartsWith("text/plain; version=0.0.4"));
}

TEST_CASE("the operations listener has no other path and no other method")
{
    reclaim::metrics::registry metrics;
    const auto ops = ops_handler(metrics, [] { return readiness{true, ""}; });
    CHECK(ask(ops, "GET", "/").status == 404);
    CHECK(ask(ops, "POST", "/healthz/").status == 404);
    const auto post = ask(ops, "POST", "/healthz");
    CHECK(post.status == 405);
    CHECK(find(post.headers, "allow") == "GET");
}

TEST_CASE("a problem is a JSON document with type, title, status and detail, beside the headers it was given")
{
    const auto out = problem(429, "Too Many Requests", "say \"less\"", {{"Retry-After", "5"}});
    CHECK(out.status == 429);
    CHECK(find(out.headers, "content-type") == "application/problem+json");
    CHECK(find(out.headers, "retry-after") == "5");
    CHECK(out.body == R"({"type":"about:blank","title":"Too Many Requests","status":429,"detail":"say \"less\""})");
}
