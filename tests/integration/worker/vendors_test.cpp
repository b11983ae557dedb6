// The connector engine, the Linear client and the requester client against the vendors' stand-in over real sockets.
// Which one: tests/support/sandbox_process.hpp.
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "common/json/document.hpp"
#include "common/json/writer.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/support/sandbox_process.hpp"
#include "tests/unit/worker/connectors/outcome_word.hpp"
#include "tests/unit/worker/connectors/shipped_recipe.hpp"
#include "worker/connectors/engine.hpp"
#include "worker/credentials/static_header.hpp"
#include "worker/delivery/callback_policy.hpp"
#include "worker/delivery/linear.hpp"
#include "worker/delivery/ticket_template.hpp"

#include <catch2/catch.hpp>
#include <memory>

namespace reclaim {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using async::steady;
using testing::run;
using testing::word;

const std::string token = "sandbox-token";
const std::string app = "figma";
const std::string team = "3b7d3585-029d-4490-80ce-6a44c6d9f081";
const std::string signing_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

steady::time_point soon()
{
    return steady::now() + 2s;
}

std::shared_ptr<credentials::credential> ssws(const std::string& key)
{
    return std::make_shared<credentials::static_header>(connectors::credential{"Authorization", "SSWS ", secret(key)});
}

// Everything a test needs at one sandbox: our clients on one side, the sandbox's controls on the other.
struct bench {
    bench(asio::any_io_executor executor, const std::string& url)
        : client(std::move(executor), {}),
          at(*http::origin::parse(url)),
          send(connectors::through(client)),
          okta(testing::shipped_recipe("okta-app-assignment"), send, at, ssws(token), {{{"app_id", app}}}),
          linear(send, at, {"Authorization", "", secret("lin_api_sandbox")}, {team}),
          requester(send, send)
    {}

    asio::awaitable<std::string> control(std::string method, std::string path, std::string body = "")
    {
        http::request request{
            method, "/_sandbox" + path, {{"Sandbox-Control", "yes"}, {"Content-Type", "application/json"}}, body};
        const auto got = co_await client.send(at, std::move(request), soon());
        REQUIRE(got.has_value());
        INFO(got->body);
        REQUIRE(got->status == 200);
        co_return got->body;
    }

    asio::awaitable<void> set_up()
    {
        co_await control("PUT", "/config",
                         R"({"okta":{"token":")" + token +
                             R"(","apps":["figma"]},"linear":{"api_key":"lin_api_sandbox","teams":[{"id":")" + team +
                             R"(","key":"IT","name":"IT"}]},"requester":{"desk":{"secrets":[")" + signing_secret +
                             R"("]}}})");
        co_await control("PUT", "/faults", R"({"rules":[]})");
    }

    asio::awaitable<void> assign(std::string user, std::string more = "")
    {
        co_await control("POST", "/okta/assign", R"({"app":"figma","users":[")" + user + "\"]" + more + "}");
    }

    asio::awaitable<void> fault(std::string on, std::string kind, std::string more = "")
    {
        co_await control("PUT", "/faults", R"({"rules":[{"on":")" + on + R"(","kind":")" + kind + '"' + more + "}]}");
    }

    asio::awaitable<bool> holds(std::string user)
    {
        const auto listed = co_await control("GET", "/okta/assignments?app=figma");
        co_return listed.find('"' + user + '"') != std::string::npos;
    }

    asio::awaitable<std::string> look(std::string user)
    {
        const auto seen = co_await okta.look(whose(user), by, soon());
        co_return word(seen.what);
    }

    asio::awaitable<std::string> remove(std::string user, steady::duration limit = 2s)
    {
        const auto seen = co_await okta.remove(whose(user), by, steady::now() + limit);
        co_return word(seen.what);
    }

    static connectors::target whose(const std::string& user) { return {{{"app_id", app}, {"subject", user}}}; }

    http::client client;
    http::origin at;
    connectors::exchange send;
    connectors::engine okta;
    delivery::linear linear;
    delivery::requester requester;
    connectors::operation by{"op-" + crypto::uuid_v4(), 3};
};

// Runs the test's body with a bench at a prepared sandbox, or says why not.
void at_sandbox(std::function<asio::awaitable<void>(bench&)> body)
{
    const auto own = testing::own_sandbox();
    const auto url = testing::url_of(own);
    if (!url)
        return;
    run(
        [&]() -> asio::awaitable<void> {
            bench here(co_await asio::this_coro::executor, *url);
            co_await here.set_up();
            co_await body(here);
            here.client.close();
        },
        60s);
}

delivery::ticket make_ticket()
{
    delivery::ticket_settings how;
    how.team_id = team;
    how.title = "Clean up {{app}} ({{seat}})";
    how.description = "{{seat}} lost {{app}}.";
    const std::string_view known[] = {"app", "seat"};
    const delivery::ticket_template shape(how, known);
    return shape.freeze(crypto::uuid_v4(),
                        {{"app", "Figma"}, {"seat", R"("}) { issueDelete(id:"x") } $x [a](https://evil.test) @all)"}},
                        std::chrono::year(2026) / 12 / 1);
}

std::string word(const delivery::ticket_answer& answer)
{
    struct name_of {
        std::string operator()(const delivery::opened&) const { return "opened"; }
        std::string operator()(const delivery::absent&) const { return "absent"; }
        std::string operator()(const delivery::throttled&) const { return "throttled"; }
        std::string operator()(const delivery::retry&) const { return "retry"; }
        std::string operator()(const delivery::denied&) const { return "denied"; }
        std::string operator()(const delivery::refused&) const { return "refused"; }
        std::string operator()(const delivery::not_sent&) const { return "not_sent"; }
        std::string operator()(const delivery::unknown&) const { return "unknown"; }
    };
    return std::visit(name_of{}, answer);
}

}  // namespace

TEST_CASE("a seat is seen, taken, and seen to be gone")
{
    at_sandbox([](bench& here) -> asio::awaitable<void> {
        const auto user = crypto::uuid_v4();
        co_await here.assign(user);
        const auto trouble = co_await here.okta.health(soon());
        CHECK(trouble == "");
        const auto before = co_await here.okta.look(bench::whose(user), here.by, soon());
        CHECK(word(before.what) == "held");
        CHECK(before.proof.assignment == "USER");
        CHECK_FALSE(before.proof.request_id.empty());
        const auto taken = co_await here.remove(user);
        CHECK(taken == "removed");
        const auto after = co_await here.look(user);
        CHECK(after == "absent");
        const auto again = co_await here.remove(user);
        CHECK(again == "absent");
        const bool holds = co_await here.holds(user);
        CHECK_FALSE(holds);
    });
}

TEST_CASE("a seat that comes through a group is not touched")
{
    at_sandbox([](bench& here) -> asio::awaitable<void> {
        const auto user = crypto::uuid_v4();
        co_await here.assign(user, R"(,"scope":"GROUP","groups":["designers"])");
        const auto seen = co_await here.look(user);
        CHECK(seen == "still_present");
        const auto taken = co_await here.remove(user);
        CHECK(taken == "still_present");
        const bool holds = co_await here.holds(user);
        CHECK(holds);
    });
}

TEST_CASE("a wrong app or token never reads as an absent seat")
{
    at_sandbox([](bench& here) -> asio::awaitable<void> {
        const connectors::target nowhere{{{"app_id", "no-such-app"}, {"subject", "u1"}}};
        const auto seen = co_await here.okta.look(nowhere, here.by, soon());
        CHECK(word(seen.what) == "refused");
        connectors::engine stranger(testing::shipped_recipe("okta-app-assignment"), here.send, here.at, ssws("wrong"),
                                    {{{"app_id", app}}});
        const auto refused = co_await stranger.look(bench::whose("u1"), here.by, soon());
        CHECK(word(refused.what) == "denied");
        const auto trouble = co_await stranger.health(soon());
        CHECK_THAT(trouble, Catch::Contains("HTTP 401"));
        http::origin elsewhere = here.at;
        elsewhere.base_path = "/elsewhere";
        connectors::engine lost(testing::shipped_recipe("okta-app-assignment"), here.send, elsewhere, ssws(token),
                                {{{"app_id", app}}});
        const auto missed = co_await lost.look(bench::whose("u1"), here.by, soon());
        CHECK(word(missed.what) == "unknown");
    });
}

TEST_CASE("whatever happens to the answer of a DELETE, only a look decides what became of the seat")
{
    at_sandbox([](bench& here) -> asio::awaitable<void> {
        const struct {
            std::string kind;
            std::string outcome;
            bool still_holds;
        } rows[] = {
            {"apply_then_reset", "unknown", false}, {"reset_before", "unknown", true},
            {"truncate", "unknown", false},         {"html", "unknown", true},
            {"status", "look_again", true},         {"endless", "unknown", true},
            {"rate_limit", "throttled 2000", true}, {"slow_drip", "removed", false},
        };
        for (const auto& row : rows) {
            CAPTURE(row.kind);
            const auto user = crypto::uuid_v4();
            co_await here.assign(user);
            co_await here.fault("okta.delete_app_user", row.kind, row.kind == "slow_drip" ? R"(,"ms":1)" : "");
            const auto taken = co_await here.remove(user);
            CHECK(taken == row.outcome);
            co_await here.control("PUT", "/faults", R"({"rules":[]})");
            const bool holds = co_await here.holds(user);
            const auto seen = co_await here.look(user);
            CHECK(seen == (holds ? "held" : "absent"));
            if (row.kind != "endless")  // what an endless answer leaves behind is the sandbox's own affair
                CHECK(holds == row.still_holds);
        }
    });
}

TEST_CASE("a DELETE that is applied after we stopped waiting is found by looking")
{
    at_sandbox([](bench& here) -> asio::awaitable<void> {
        const auto user = crypto::uuid_v4();
        co_await here.assign(user);
        co_await here.fault("okta.delete_app_user", "delay_then_apply", R"(,"ms":1000)");
        const auto taken = co_await here.remove(user, 50ms);
        CHECK(taken == "unknown");
        const auto early = co_await here.look(user);
        CHECK(early == "held");
        std::string seen = early;
        for (const auto limit = steady::now() + 10s; seen == "held" && steady::now() < limit;)
            seen = co_await here.look(user);
        CHECK(seen == "absent");
    });
}

TEST_CASE("a look that is answered with nonsense decides nothing")
{
    at_sandbox([](bench& here) -> asio::awaitable<void> {
        const auto user = crypto::uuid_v4();
        co_await here.assign(user);
        for (const std::string kind : {"html", "truncate", "wrong_user_echo", "apply_then_reset", "endless"}) {
            CAPTURE(kind);
            co_await here.fault("okta.get_app_user", kind);
            const auto seen = co_await here.look(user);
            CHECK(seen == "unknown");
        }
        co_await here.fault("okta.get_app_user", "status");
        const auto seen = co_await here.look(user);
        CHECK(seen == "retry");
    });
}

TEST_CASE("a ticket is opened once, however often and through whatever faults it is sent")
{
    at_sandbox([](bench& here) -> asio::awaitable<void> {
        const auto trouble = co_await here.linear.health(soon());
        CHECK(trouble == "");
        for (const std::string kind :
             {"apply_then_reset", "truncate", "html", "status", "reset_before", "rate_limit"}) {
            CAPTURE(kind);
            const auto ticket = make_ticket();
            const auto missing = co_await here.linear.find(ticket.id, soon());
            CHECK(word(missing) == "absent");
            co_await here.fault("linear.issueCreate", kind);
            const auto first = co_await here.linear.create(ticket, soon());
            CHECK(word(first) == (kind == "rate_limit" ? "throttled" : "unknown"));
            co_await here.control("PUT", "/faults", R"({"rules":[]})");
            const auto found = co_await here.linear.find(ticket.id, soon());
            const auto second = co_await here.linear.create(ticket, soon());
            REQUIRE(word(second) == "opened");
            if (kind == "apply_then_reset" || kind == "truncate") {
                REQUIRE(word(found) == "opened");
                CHECK(std::get<delivery::opened>(found).identifier == std::get<delivery::opened>(second).identifier);
            } else {
                CHECK(word(found) == "absent");
            }
            const auto third = co_await here.linear.create(ticket, soon());
            REQUIRE(word(third) == "opened");
            CHECK(std::get<delivery::opened>(third).url == std::get<delivery::opened>(second).url);
            const auto all = co_await here.control("GET", "/linear/issues");
            const auto listed = json::document::parse(all);
            REQUIRE(listed.has_value());
            std::size_t ours = 0;
            for (const auto& issue : listed->at("/issues").elements())
                ours += issue["id"].string() == ticket.id;
            CHECK(ours == 1);
        }
    });
}

TEST_CASE("Linear refuses a wrong key and an unknown team, and each is told apart")
{
    at_sandbox([](bench& here) -> asio::awaitable<void> {
        delivery::linear stranger(here.send, here.at, {"Authorization", "", secret("wrong")}, {team});
        const auto denied = co_await stranger.create(make_ticket(), soon());
        CHECK(word(denied) == "denied");
        const auto trouble = co_await stranger.health(soon());
        CHECK_FALSE(trouble.empty());
        auto ticket = make_ticket();
        ticket.frozen_json.replace(ticket.frozen_json.find(team), team.size(), "00000000-0000-4000-8000-000000000000");
        const auto refused = co_await here.linear.create(ticket, soon());
        CHECK(word(refused) == "refused");
    });
}

TEST_CASE("a confirmation arrives signed, and a second one is recognised as the same")
{
    at_sandbox([](bench& here) -> asio::awaitable<void> {
        const delivery::named_endpoint desk[] = {
            {"desk", std::string("http://") + here.at.host_header() + "/requester/desk", {secret(signing_secret)}},
            {"other",
             std::string("http://") + here.at.host_header() + "/requester/desk",
             {secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}}};
        const delivery::callback_policy policy(desk, {});
        const auto to = policy.by_name("desk");
        REQUIRE(to.has_value());
        const auto id = "cb_" + crypto::uuid_v4();
        const std::string body =
            R"({"type":"seat.removal.completed","timestamp":"2026-11-24T10:00:00Z","data":{"approval_id":"apr_1"}})";
        co_await here.fault("requester.post", "apply_then_reset");
        const auto lost = co_await here.requester.post(*to, id, body, std::chrono::system_clock::now(), soon());
        CHECK(std::holds_alternative<delivery::try_again>(lost));
        co_await here.control("PUT", "/faults", R"({"rules":[]})");
        const auto again = co_await here.requester.post(*to, id, body, std::chrono::system_clock::now(), soon());
        CHECK(std::holds_alternative<delivery::delivered>(again));
        const auto delivered = co_await here.control("GET", "/requester/deliveries");
        const auto listed = json::document::parse(delivered);
        REQUIRE(listed.has_value());
        for (const auto& one : listed->at("/deliveries").elements()) {
            if (one["webhook_id"].string() != id)
                continue;
            CHECK(one["count"].integer() == 2);
            CHECK(one["body"].string() == body);
        }
        CHECK(delivered.find(id) != std::string::npos);
        const auto wrong_secret = co_await here.requester.post(*policy.by_name("other"), "cb_" + crypto::uuid_v4(),
                                                               body, std::chrono::system_clock::now(), soon());
        CHECK(std::holds_alternative<delivery::try_again>(wrong_secret));
        co_await here.fault("requester.post", "gone");
        const auto gone = co_await here.requester.post(*to, id, body, std::chrono::system_clock::now(), soon());
        CHECK(std::holds_alternative<delivery::gone>(gone));
    });
}

}  // namespace reclaim
