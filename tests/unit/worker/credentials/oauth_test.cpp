#include "worker/credentials/oauth.hpp"

#include "common/async/task_group.hpp"
#include "common/async/wakeup.hpp"
#include "common/crypto/encoding.hpp"
#include "settings.hpp"
#include "tests/unit/worker/connectors/script.hpp"

#include <catch2/catch.hpp>

namespace reclaim::credentials {

using namespace std::chrono_literals;
using async::steady;
using testing::await_now;
using testing::soon;
using proof = grant_settings::proof;
using kind = unavailable::kind;

namespace {

std::string token(std::string text, int lifetime_s = 3600)
{
    return R"({"token_type":"Bearer","expires_in":)" + std::to_string(lifetime_s) + R"(,"access_token":")" +
           std::move(text) + R"("})";
}

std::string header_of(const result<presented, unavailable>& got)
{
    return got ? got->header.value : "none: " + got.error().why;
}

// Time as the test wants it.
struct set_clocks {
    std::chrono::system_clock::time_point wall{1'700'000'000s};
    steady::time_point steady{1h};
    oauth::clocks by()
    {
        return {[this] { return wall; }, [this] { return steady; }};
    }
};

std::string iat_of(const http::request& from)
{
    const auto at = from.body.find("client_assertion=");
    std::string jwt = from.body.substr(at);
    std::string claims = jwt.substr(jwt.find('.') + 1);
    claims.resize(claims.find('.'));
    const auto text = *crypto::from_base64(claims, crypto::padding::optional);
    return text.substr(text.find("\"iat\":") + 6, 10);
}

}  // namespace

TEST_CASE("a token is asked for once and shown until a fifth of its life is left")
{
    testing::script issuer;
    issuer.then(200, token("one", 100)).then(200, token("two", 100));
    set_clocks time;
    oauth mine(testing::by_secret(proof::secret_post), issuer.play(), time.by());
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer one");
    time.steady += 79s;
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer one");
    time.steady += 2s;
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer two");
    CHECK(issuer.is_over());
}

TEST_CASE("a token of an hour is renewed five minutes before its end")
{
    testing::script issuer;
    issuer.then(200, token("one")).then(200, token("two"));
    set_clocks time;
    oauth mine(testing::by_secret(proof::secret_post), issuer.play(), time.by());
    await_now(mine.present(soon()));
    time.steady += 55min - 1s;
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer one");
    time.steady += 2s;
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer two");
}

TEST_CASE("while the issuer is away a token is shown to its end, and not beyond it")
{
    testing::script issuer;
    issuer.then(200, token("one", 100)).then(503, "").then_lost().then_not_sent();
    set_clocks time;
    oauth mine(testing::by_secret(proof::secret_post), issuer.play(), time.by());
    await_now(mine.present(soon()));
    time.steady += 81s;
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer one");
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer one");
    CHECK(issuer.seen.size() == 2);  // it is not asked at every call
    time.steady += 11s;
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer one");
    CHECK(issuer.seen.size() == 3);
    time.steady += 8s;
    const auto ended = await_now(mine.present(soon()));
    REQUIRE(ended.has_error());
    CHECK(ended.error().what == kind::later);
    CHECK(issuer.is_over());
}

TEST_CASE("a crowd shares one request, and its failure as well")
{
    for (const bool good : {true, false}) {
        int asked = 0, shown = 0, failed = 0;
        testing::run([&]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            async::wakeup answered(executor);
            auto send = [&](http::origin, http::request,
                            steady::time_point until) -> asio::awaitable<result<http::response, http::failure>> {
                ++asked;
                co_await answered.wait_until(until);
                co_return http::response{good ? 200u : 401u, {}, good ? token("one") : R"({"error":"invalid_client"})"};
            };
            oauth mine(testing::by_secret(proof::secret_post), send);
            auto one = [&]() -> asio::awaitable<void> {
                const auto got = co_await mine.present(soon());
                ++(got ? shown : failed);
            };
            async::task_group crowd(executor);
            for (int i = 0; i < 50; ++i)
                crowd.spawn("caller", one());
            co_await asio::post(executor, asio::use_awaitable);  // by now all of them wait
            answered.notify();
            co_await crowd.drain(soon());
        });
        CHECK(asked == 1);
        CHECK(shown == (good ? 50 : 0));
        CHECK(failed == (good ? 0 : 50));
    }
}

TEST_CASE("a caller that gives up leaves the renewal to the next, and its lack of time to nobody")
{
    int asked = 0;
    std::vector<std::string> seen;
    testing::run([&]() -> asio::awaitable<void> {
        auto send = [&](http::origin, http::request,
                        steady::time_point until) -> asio::awaitable<result<http::response, http::failure>> {
            if (++asked > 1)
                co_return http::response{200, {}, token("one")};
            asio::steady_timer silence(co_await asio::this_coro::executor, until);
            co_await silence.async_wait(asio::use_awaitable);
            co_return http::failure{http::failure::kind::unanswered, "the answer did not come in time"};
        };
        oauth mine(testing::by_secret(proof::secret_post), send);
        auto one = [&](steady::time_point until) -> asio::awaitable<void> {
            seen.push_back(header_of(co_await mine.present(until)));
        };
        async::task_group callers(co_await asio::this_coro::executor);
        callers.spawn("hasty", one(steady::now() + 20ms));
        callers.spawn("patient", one(soon()));
        co_await callers.drain(soon());
    });
    REQUIRE(seen.size() == 2);
    CHECK_THAT(seen[0], Catch::Contains("did not come in time"));
    CHECK(seen[1] == "Bearer one");
    CHECK(asked == 2);
}

TEST_CASE("a burst of 401 for one token costs one renewal")
{
    testing::script issuer;
    issuer.then(200, token("one")).then(200, token("two"));
    oauth mine(testing::by_secret(proof::secret_post), issuer.play());
    const auto first = await_now(mine.present(soon()));
    CHECK(mine.rejected(first->edition));
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer two");
    CHECK(mine.rejected(first->edition));  // a late one, about the token that is gone
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer two");
    CHECK(issuer.is_over());
}

TEST_CASE("an assertion that was refused for our clock is sent once more with the issuer's time")
{
    testing::script issuer;
    const http::headers date{{"Date", "Tue, 14 Nov 2023 23:13:20 GMT"}};  // an hour ahead of 1700000000
    issuer.then(400, R"({"error":"invalid_client","error_description":"exp is in the past"})", date);
    issuer.then(200, token("one", 100), date).then(200, token("two", 100), date);
    set_clocks time;
    oauth mine(testing::by_key(), issuer.play(), time.by());
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer one");
    time.steady += 90s;
    CHECK(header_of(await_now(mine.present(soon()))) == "Bearer two");
    REQUIRE(issuer.seen.size() == 3);
    CHECK(iat_of(issuer.seen[0]) == "1700000000");
    CHECK(iat_of(issuer.seen[1]) == "1700003600");
    CHECK(iat_of(issuer.seen[2]) == "1700003600");
    CHECK(issuer.seen[0].body != issuer.seen[1].body);
}

TEST_CASE("an assertion that was refused although the clocks agree is not sent again")
{
    testing::script issuer;
    issuer.then(401, R"({"error":"invalid_client"})", {{"Date", "Tue, 14 Nov 2023 22:13:25 GMT"}});
    set_clocks time;
    oauth mine(testing::by_key(), issuer.play(), time.by());
    const auto got = await_now(mine.present(soon()));
    REQUIRE(got.has_error());
    CHECK(got.error().what == kind::refused);
    CHECK(issuer.is_over());
}

}  // namespace reclaim::credentials
