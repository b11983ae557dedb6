#include "worker/connectors/engine.hpp"

#include "outcome_word.hpp"
#include "script.hpp"
#include "shipped_recipe.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {

using testing::await_now;
using testing::soon;
using testing::word;

namespace {

const target ada{{{"app_id", "0oa1"}, {"subject", "00u1"}}};
const operation by{"op-1", 7};
const std::string missing = R"({"errorCode":"E0000007"})";
const std::string app = R"({"id":"0oa1"})";
const std::string seat = R"({"id":"00u1","scope":"USER","status":"ACTIVE"})";

engine make_engine(testing::script& vendor, std::chrono::milliseconds health_max_age = std::chrono::hours(1))
{
    recipe how = testing::shipped_recipe("okta-app-assignment");
    how.limits.health_max_age = health_max_age;
    return {std::move(how),
            vendor.play(),
            *http::origin::parse("https://example.okta.test"),
            testing::with_key("SSWS "),
            {ada.variables}};
}

std::string header_of(const http::request& from, std::string_view name)
{
    return std::string(http::find(from.headers, name).value_or(""));
}

}  // namespace

TEST_CASE("a look sends the credential, the operation and the fence, and keeps what the audit row needs")
{
    testing::script vendor;
    vendor.then(200, seat, {{"X-Okta-Request-Id", "req\x01-9"}});
    engine okta = make_engine(vendor);
    const answer seen = await_now(okta.look(ada, by, soon()));
    CHECK(word(seen.what) == "held");
    CHECK(seen.proof.operation == "GET /api/v1/apps/{app_id}/users/{subject}");
    CHECK(seen.proof.status == 200);
    CHECK(seen.proof.request_id == "req-9");
    CHECK(seen.proof.assignment == "USER");
    REQUIRE(vendor.seen.size() == 1);
    CHECK(vendor.seen[0].method == "GET");
    CHECK(vendor.seen[0].target == "/api/v1/apps/0oa1/users/00u1");
    CHECK(header_of(vendor.seen[0], "Authorization") == "SSWS token");
    CHECK(header_of(vendor.seen[0], "Reclaim-Operation") == "op-1");
    CHECK(header_of(vendor.seen[0], "Reclaim-Fence") == "7");
}

TEST_CASE("a removal is one DELETE and nothing else")
{
    testing::script vendor;
    vendor.then(204, "");
    engine okta = make_engine(vendor);
    const answer seen = await_now(okta.remove(ada, by, soon()));
    CHECK(word(seen.what) == "removed");
    REQUIRE(vendor.seen.size() == 1);
    CHECK(vendor.seen[0].method == "DELETE");
    CHECK(vendor.seen[0].target == "/api/v1/apps/0oa1/users/00u1?sendEmail=false");
}

TEST_CASE("a lost answer is unknown, a request that never left is not sent, and neither is repeated")
{
    testing::script vendor;
    vendor.then_lost().then_not_sent();
    engine okta = make_engine(vendor);
    const answer lost = await_now(okta.remove(ada, by, soon()));
    const answer unsent = await_now(okta.remove(ada, by, soon()));
    CHECK(word(lost.what) == "unknown");
    CHECK(lost.proof.status == 0);
    CHECK(word(unsent.what) == "not_sent");
    CHECK(vendor.seen.size() == 2);
}

TEST_CASE("a redirect is not followed and is no success")
{
    testing::script vendor;
    vendor.then(302, "", {{"Location", "https://elsewhere.test/"}}).then(308, "", {{"Location", "/x"}});
    engine okta = make_engine(vendor);
    CHECK(word(await_now(okta.remove(ada, by, soon())).what) == "unknown");
    CHECK(word(await_now(okta.look(ada, by, soon())).what) == "unknown");
    CHECK(vendor.seen.size() == 2);
}

TEST_CASE("\"not found\" is believed only after the app itself was seen, and one proof serves many")
{
    testing::script vendor;
    vendor.then(404, missing).then(200, app).then(404, missing).then(404, missing);
    engine okta = make_engine(vendor);
    CHECK(word(await_now(okta.look(ada, by, soon())).what) == "absent");
    CHECK(word(await_now(okta.look(ada, by, soon())).what) == "absent");
    CHECK(word(await_now(okta.remove(ada, by, soon())).what) == "absent");
    REQUIRE(vendor.seen.size() == 4);
    CHECK(vendor.seen[1].target == "/api/v1/apps/0oa1");
}

TEST_CASE("a proof grows old")
{
    testing::script vendor;
    vendor.then(404, missing).then(200, app).then(404, missing).then(200, app);
    engine okta = make_engine(vendor, std::chrono::milliseconds(0));
    CHECK(word(await_now(okta.look(ada, by, soon())).what) == "absent");
    CHECK(word(await_now(okta.look(ada, by, soon())).what) == "absent");
    CHECK(vendor.is_over());
}

TEST_CASE("\"not found\" from a place that cannot be vouched for is never absence")
{
    const struct {
        testing::script::step health;
        std::string outcome;
    } rows[] = {
        {http::response{401, {}, R"({"errorCode":"E0000011"})"}, "denied"},
        {http::response{404, {}, missing}, "refused"},
        {http::response{404, {}, R"({"errorCode":"E0000008"})"}, "refused"},
        {http::response{503, {}, ""}, "retry"},
        {http::response{429, {{"Retry-After", "9"}}, ""}, "throttled 9000"},
        {http::response{200, {}, "<html>"}, "unknown"},
        {http::response{200, {}, R"({"id":"0oa2"})"}, "unknown"},
        {http::failure{http::failure::kind::not_sent, "refused"}, "retry"},
        {http::failure{http::failure::kind::unanswered, "reset"}, "unknown"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.outcome);
        testing::script vendor;
        vendor.then(404, missing).then(row.health).then(404, missing).then(row.health);
        engine okta = make_engine(vendor);
        CHECK(word(await_now(okta.look(ada, by, soon())).what) == row.outcome);
        CHECK(word(await_now(okta.remove(ada, by, soon())).what) == row.outcome);
    }
}

TEST_CASE("a refused credential withdraws the proof it once gave")
{
    testing::script vendor;
    vendor.then(404, missing).then(200, app).then(401, "").then(404, missing).then(200, app);
    engine okta = make_engine(vendor);
    CHECK(word(await_now(okta.look(ada, by, soon())).what) == "absent");
    CHECK(word(await_now(okta.look(ada, by, soon())).what) == "denied");
    CHECK(word(await_now(okta.look(ada, by, soon())).what) == "absent");
    CHECK(vendor.is_over());
}

TEST_CASE("an absence that the body states needs no second witness")
{
    testing::script vendor;
    vendor.then(200, R"({"id":"00u1","scope":"USER","status":"UNASSIGNED"})");
    engine okta = make_engine(vendor);
    CHECK(word(await_now(okta.look(ada, by, soon())).what) == "absent");
    CHECK(vendor.seen.size() == 1);
}

TEST_CASE("a seat without a usable subject is refused before anything is sent")
{
    testing::script vendor;
    engine okta = make_engine(vendor);
    for (const std::string subject : {"", ".."}) {
        const target nobody{{{"app_id", "0oa1"}, {"subject", subject}}};
        CHECK(word(await_now(okta.remove(nobody, by, soon())).what) == "refused");
    }
    CHECK(word(await_now(okta.remove(target{{{"app_id", "0oa1"}}}, by, soon())).what) == "refused");
    CHECK(vendor.seen.empty());
}

TEST_CASE("health is silent when all is well and names path, trouble and fix when not")
{
    testing::script vendor;
    vendor.then(200, app).then(401, "");
    engine okta = make_engine(vendor);
    CHECK(await_now(okta.health(soon())) == "");
    const auto trouble = await_now(okta.health(soon()));
    CHECK_THAT(trouble, Catch::Contains("GET /api/v1/apps/0oa1") && Catch::Contains("HTTP 401") &&
                            Catch::Contains("put a valid one in place") && !Catch::Contains("token\""));
}

TEST_CASE("no more requests are in flight than the recipe allows, and a slot goes to who waited longest")
{
    std::vector<int> order;
    std::size_t in_flight = 0, most = 0;
    slots two(2);
    testing::run([&]() -> testing::asio::awaitable<void> {
        auto executor = co_await testing::asio::this_coro::executor;
        const auto one = [&](int name) -> testing::asio::awaitable<void> {
            const auto slot = co_await two.take(soon());
            REQUIRE(slot);
            most = std::max(most, ++in_flight);
            order.push_back(name);
            testing::asio::steady_timer pause(executor, std::chrono::milliseconds(1));
            co_await pause.async_wait(testing::asio::use_awaitable);
            --in_flight;
        };
        for (int name = 0; name < 6; ++name)
            testing::asio::co_spawn(executor, one(name), [](std::exception_ptr failure) {
                if (failure)
                    std::rethrow_exception(failure);
            });
        while (order.size() < 6 || in_flight > 0) {
            testing::asio::steady_timer pause(executor, std::chrono::milliseconds(1));
            co_await pause.async_wait(testing::asio::use_awaitable);
        }
    });
    CHECK(most == 2);
    CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("waiting for a slot ends at the deadline and leaves the queue intact")
{
    slots one(1);
    testing::run([&]() -> testing::asio::awaitable<void> {
        auto held_slot = co_await one.take(soon());
        const auto late = co_await one.take(async::steady::now() + std::chrono::milliseconds(5));
        CHECK_FALSE(late);
        held_slot.reset();
        const auto next = co_await one.take(soon());
        CHECK(next);
    });
}

}  // namespace reclaim::connectors
