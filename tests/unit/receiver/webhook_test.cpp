#include "receiver/webhook.hpp"

#include "receiver/routes.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/support/signed_request.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace reclaim;
using namespace reclaim::receiver;
using namespace reclaim::testing;

namespace {

const std::string approval =
    R"({"type":"seat.removal.approved","data":{"approval_id":"apr/1","app":"figma","seat":"s1",)"
    R"("flag_epoch":3,"subject":"u1","approver":"boss","approved_at":"2023-01-01T00:00:00Z"}})";

// The endpoint behind its routes, with a recorder that remembers and answers what the test wants.
struct fixture {
    metrics::registry registry;
    receiver_metrics metrics{registry};
    std::vector<source> sources = make_sources();
    std::vector<queue::webhook> recorded;
    accept_result next = queue::accept_answer{queue::verdict::accepted, 7, std::nullopt};
    bool clock_is_wrong = false;
    webhook_endpoint webhooks{sources,
                              "https://r.example",
                              {.record = [this](queue::webhook what) { return record(std::move(what)); },
                               .clock_is_wrong = [this] { return clock_is_wrong; },
                               .now = [] { return std::chrono::system_clock::now(); }},
                              metrics};

    static std::vector<source> make_sources()
    {
        schemes::scheme_options options;
        options.secrets.emplace_back(std::string(secret_b));
        std::vector<source> out;
        out.push_back({"approvals", *schemes::make_scheme("standard", options), mapping(), std::nullopt});
        out.push_back({"form",
                       *schemes::make_scheme("standard", options),
                       mapping(),
                       std::nullopt,
                       *body_form::parse("form:payload"),
                       {},
                       200});
        out.push_back(
            {"known", *schemes::make_scheme("standard", options), mapping(), std::nullopt, {}, {"flow.example"}});
        return out;
    }

    asio::awaitable<accept_result> record(queue::webhook what)
    {
        recorded.push_back(std::move(what));
        co_return next;
    }

    http::response answer(http::request message, std::vector<std::string> client_names = {})
    {
        http::server_request request{std::move(message), {}, {}, "192.0.2.1", std::move(client_names)};
        request.path = request.message.target;
        http::response out;
        testing::run([&]() -> asio::awaitable<void> {
            boost::asio::any_io_executor executor = co_await asio::this_coro::executor;
            status_reader reader(executor, {});
            status_endpoint statuses(sources, reader);
            const auto routes = make_routes(webhooks, statuses);
            out = co_await routes(request);
        });
        return out;
    }

    http::response send(const std::string& body, const std::string& source = "approvals")
    {
        return answer(signed_request(secret_b, source, "msg_1", body));
    }
};

std::string header(const http::response& in, std::string_view name)
{
    return std::string(http::find(in.headers, name).value_or(""));
}

std::string at(const http::response& in, std::string_view pointer)
{
    const auto document = json::document::parse(in.body);
    INFO(in.body);
    REQUIRE(document.has_value());
    return document->at(pointer).serialize();
}

}  // namespace

TEST_CASE_METHOD(fixture, "a signed approval is recorded with its exact bytes and answered 202")
{
    const auto got = send(approval);
    CHECK(got.status == 202);
    CHECK(got.body == R"({"job_id":7,"approval_id":"apr/1","status_url":"https://r.example/v1/approvals/apr%2F1"})");
    REQUIRE(recorded.size() == 1);
    CHECK(recorded[0].source == "approvals");
    CHECK(recorded[0].delivery_id == "msg_1");
    CHECK(recorded[0].event_type == "seat.removal.approved");
    CHECK(recorded[0].body == approval);
    CHECK(recorded[0].body_sha256 == crypto::sha256(approval));
    CHECK(recorded[0].key_id.size() == 8);
    CHECK(recorded[0].salts.size() == 4 * 17);
    CHECK(recorded[0].commitments.size() == 4 * 33);
}

TEST_CASE_METHOD(fixture, "verdicts of the database become answers")
{
    using queue::verdict;
    next = queue::accept_answer{verdict::duplicate, 7, std::nullopt};
    CHECK(at(send(approval), "/duplicate") == "true");
    CHECK(send(approval).status == 202);

    next = queue::accept_answer{verdict::conflict, 7, std::nullopt};
    CHECK(send(approval).status == 409);

    next = queue::accept_answer{verdict::trigger_off, std::nullopt, std::nullopt};
    const auto off = send(approval);
    CHECK(off.status == 503);
    CHECK(header(off, "Retry-After") == "60");

    const std::string cancel = R"({"type":"seat.removal.cancelled","data":{"approval_id":"apr_1"}})";
    next = queue::accept_answer{verdict::cancelled, 7, std::nullopt};
    CHECK(send(cancel).status == 202);
    CHECK(at(send(cancel), "/applied") == "true");
    next = queue::accept_answer{verdict::too_late, 7, "its removal has begun"};
    CHECK(send(cancel).status == 200);
    CHECK(at(send(cancel), "/verdict") == R"("too_late")");
    CHECK(at(send(cancel), "/detail") == R"("its removal has begun")");

    next = queue::accept_answer{verdict::not_found, std::nullopt, std::nullopt};
    CHECK(send(cancel).status == 404);
    CHECK(send(R"({"type":"seat.unflagged","data":{"app":"figma","seat":"s1"}})").status == 200);

    next = queue::accept_answer{verdict::flagged, std::nullopt, "4"};
    const auto flagged = send(R"({"type":"seat.flagged","data":{"app":"figma","seat":"s1","subject":"u1"}})");
    CHECK(flagged.status == 202);
    CHECK(at(flagged, "/flag_epoch") == "4");
}

TEST_CASE_METHOD(fixture, "what could not be recorded is 503 with a spread of pauses, what never can be is 422")
{
    next = not_accepted{not_accepted::kind::unavailable, "the database is away"};
    std::set<std::string> pauses;
    for (int i = 0; i < 100; ++i) {
        const auto got = send(approval);
        CHECK(got.status == 503);
        pauses.insert(header(got, "Retry-After"));
    }
    CHECK(pauses == std::set<std::string>{"1", "2", "3", "4", "5"});
    next = not_accepted{not_accepted::kind::refused, "no"};
    CHECK(send(approval).status == 422);
}

TEST_CASE_METHOD(fixture, "one answer for an unknown source, a wrong signature, a stale timestamp and a missing header")
{
    using namespace std::chrono_literals;
    const auto now = std::chrono::system_clock::now();
    auto missing = signed_request(secret_b, "approvals", "msg_1", approval);
    missing.headers.pop_back();
    auto changed = signed_request(secret_b, "approvals", "msg_1", approval);
    changed.body += ' ';
    const auto unknown = send(approval, "nobody");
    CHECK(unknown.status == 401);
    for (const auto& request : {missing, changed, signed_request(secret_b, "approvals", "msg_1", approval, now - 10min),
                                signed_request(secret_c, "approvals", "msg_1", approval),
                                signed_request(secret_b, "approvals", "a.b", approval)}) {
        const auto got = answer(request);
        CHECK(got.status == 401);
        CHECK(got.body == unknown.body);
    }
    CHECK(recorded.empty());
}

TEST_CASE_METHOD(fixture, "a signature header sent twice is 400, also where there is no such source")
{
    for (const auto* source : {"approvals", "nobody"}) {
        auto twice = signed_request(secret_b, source, "msg_1", approval);
        twice.headers.push_back(twice.headers[1]);
        CHECK(answer(twice).status == 400);
    }
}

TEST_CASE_METHOD(fixture, "only plain JSON is taken")
{
    const auto with_headers = [&](http::headers content) {
        auto request = signed_request(secret_b, "approvals", "msg_1", approval);
        request.headers.erase(request.headers.begin());
        request.headers.insert(request.headers.end(), content.begin(), content.end());
        return answer(request).status;
    };
    CHECK(with_headers({{"Content-Type", "application/json; charset=UTF-8"}}) == 202);
    CHECK(with_headers({{"Content-Type", "Application/JSON;charset=\"utf-8\""}}) == 202);
    CHECK(with_headers({}) == 415);
    CHECK(with_headers({{"Content-Type", "text/plain"}}) == 415);
    CHECK(with_headers({{"Content-Type", "application/json; charset=utf-16"}}) == 415);
    CHECK(with_headers({{"Content-Type", "application/jsonx"}}) == 415);
    CHECK(with_headers({{"Content-Type", "application/json"}, {"Content-Type", "application/json"}}) == 415);
    CHECK(with_headers({{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}) == 415);
    CHECK(with_headers({{"Content-Type", "application/json"}, {"Content-Encoding", "identity"}}) == 415);
}

TEST_CASE_METHOD(fixture, "JSON that two readers could read differently is refused once its signature is proven")
{
    std::string deep;
    for (int i = 0; i < 40; ++i)
        deep = "{\"a\":" + (deep.empty() ? std::string("1") : deep) + "}";
    std::string many = "{\"type\":\"x\"";
    for (int i = 0; i < 300; ++i)
        many += ",\"k" + std::to_string(i) + "\":1";
    many += "}";
    for (const auto& body :
         {std::string("nonsense"), std::string(), std::string("{\"type\":\"a\",\"type\":\"b\"}"),
          std::string("{\"type\":\"a\",\"ty\\u0070e\":\"b\"}"), std::string("\xef\xbb\xbf{}"), std::string("{}{}"),
          std::string("{\"a\":\"\\u0000\"}"), std::string("{\"a\":\"\\ud800\"}"), std::string("{\"a\":\"\xff\"}"),
          std::string("{\"a\":1,}"), std::string("{\"a\":NaN}"), deep, many}) {
        INFO(body.substr(0, 60));
        CHECK(send(body).status == 400);
        CHECK(answer(signed_request(secret_c, "approvals", "msg_1", body)).status == 401);
    }
    CHECK(recorded.empty());
}

TEST_CASE_METHOD(fixture, "bad fields are named with what was expected, in Problem Details")
{
    const auto got = send(R"({"type":"seat.unflagged","data":{"app":"Figma"}})");
    CHECK(got.status == 422);
    CHECK(header(got, "Content-Type") == "application/problem+json");
    CHECK(at(got, "/errors/0/pointer") == R"("/data/app")");
    CHECK(at(got, "/errors/1/pointer") == R"("/data/seat")");
    CHECK(at(got, "/errors/1/expected").find("256 bytes") != std::string::npos);
    CHECK(recorded.empty());
}

TEST_CASE_METHOD(fixture, "an event nobody subscribed to is fine and changes nothing")
{
    const auto got = send(R"({"type":"user.created","data":{}})");
    CHECK(got.status == 200);
    CHECK(got.body == R"({"ignored":true})");
    CHECK(recorded.empty());
}

TEST_CASE_METHOD(fixture, "no signature is judged by a clock that is wrong")
{
    clock_is_wrong = true;
    CHECK(send(approval).status == 503);
    CHECK(recorded.empty());
}

TEST_CASE_METHOD(fixture, "there are two paths, each with one method")
{
    CHECK(answer({"GET", "/v1/webhooks/approvals", {}, ""}).status == 405);
    CHECK(header(answer({"GET", "/v1/webhooks/approvals", {}, ""}), "Allow") == "POST");
    CHECK(header(answer({"DELETE", "/v1/approvals/x", {}, ""}), "Allow") == "GET");
    CHECK(answer({"GET", "/v1/approvals/x", {}, ""}).status == 401);
    for (const auto* path : {"/", "/v1/webhooks", "/v1/webhooks/", "/v1/webhooks/a/b", "/v1/approvals/",
                             "/V1/webhooks/a", "/v1/webhooks/../webhooks/approvals", "/metrics"}) {
        INFO(path);
        CHECK(answer({"POST", path, {}, ""}).status == 404);
    }
}

TEST_CASE_METHOD(fixture, "requests are counted by source and status, strangers under one name")
{
    send(approval);
    send(approval, "nobody");
    send(approval, "nobody-else");
    const auto text = registry.render();
    CHECK(text.find(R"(reclaim_receiver_requests_total{source="approvals",status="202"} 1)") != std::string::npos);
    CHECK(text.find(R"(reclaim_receiver_requests_total{source="unknown",status="401"} 2)") != std::string::npos);
    CHECK(text.find("nobody") == std::string::npos);
}

TEST_CASE_METHOD(fixture, "JSON in a field of a form is read from there, and the form is recorded as it was signed")
{
    const auto in_form = [&](const std::string& body, const std::string& type = "application/x-www-form-urlencoded") {
        auto request = signed_request(secret_b, "form", "msg_1", body);
        request.headers[0].value = type;
        return answer(request);
    };
    std::string encoded;
    for (const char c : approval)
        encoded += c == '"' ? "%22" : c == ':' ? "%3a" : c == '/' ? "%2F" : std::string(1, c);
    const std::string body = "team=a+b&payload=" + encoded + "&token=";
    const auto got = in_form(body);
    CHECK(got.status == 200);
    CHECK(at(got, "/approval_id") == R"("apr/1")");
    REQUIRE(recorded.size() == 1);
    CHECK(recorded[0].body == body);
    CHECK(recorded[0].body_sha256 == crypto::sha256(body));

    CHECK(in_form(body, "application/x-www-form-urlencoded; charset=utf-8").status == 200);
    CHECK(in_form(body, "application/json").status == 415);
    for (const std::string& wrong : std::vector<std::string>{
             "", "payload", "payload=", "Payload=" + encoded, "payload=" + encoded + "&payload=" + encoded,
             "payload=" + encoded + "%", "payload=%zz", "payload=%2", "p%61yload=" + encoded + "&payload=" + encoded}) {
        CAPTURE(wrong.substr(0, 40));
        CHECK(in_form(wrong).status == 400);
    }
    CHECK(in_form("p%61yload=" + encoded).status == 200);
}

TEST_CASE_METHOD(fixture, "which form a source sends is told only to who can sign")
{
    for (const auto* source : {"approvals", "form", "nobody"}) {
        for (const auto* type : {"application/json", "application/x-www-form-urlencoded"}) {
            auto forged = signed_request(secret_c, source, "msg_1", approval);
            forged.headers[0].value = type;
            CHECK(answer(forged).status == 401);
        }
    }
    auto form = signed_request(secret_b, "approvals", "msg_1", approval);
    form.headers[0].value = "application/x-www-form-urlencoded";
    CHECK(answer(form).status == 415);
}

TEST_CASE_METHOD(fixture, "a source with client names is not believed behind another certificate")
{
    const auto request = signed_request(secret_b, "known", "msg_1", approval);
    CHECK(answer(request, {"other.example", "flow.example"}).status == 202);
    const auto stranger = send(approval, "nobody");
    for (const std::vector<std::string>& names :
         {std::vector<std::string>{}, {"other.example"}, {"flow.example.evil"}, {"Flow.example"}}) {
        const auto got = answer(request, names);
        CHECK(got.status == 401);
        CHECK(got.body == stranger.body);
    }
    CHECK(recorded.size() == 1);
}
