#include "worker/connectors/turnstile.hpp"

#include "outcome_word.hpp"
#include "script.hpp"
#include "shipped_recipe.hpp"
#include "worker/connectors/engine.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {
namespace {

using testing::await_now;
using testing::soon;
using testing::word;
using namespace std::chrono_literals;

const target ada{{{"app_id", "0oa1"}, {"subject", "00u1"}}};
const std::string seat = R"({"id":"00u1","scope":"USER","status":"ACTIVE"})";

// Lets so many calls through, and remembers what it was told.
struct counting : turnstile {
    boost::asio::awaitable<std::optional<pass>> enter(const variables&, async::steady::time_point deadline) override
    {
        ++asked;
        if (left == 0)
            co_return std::nullopt;
        --left;
        ++inside;
        co_return pass(deadline, deadline, [this] { --inside; });
    }
    void heard(bool well, const std::string& why) override { told += (well ? "well " : "failed ") + why + ";"; }
    void slow_down(const slowdown& slow) override { slowed.push_back(slow); }
    int left = 0, asked = 0, inside = 0;
    std::string told;
    std::vector<slowdown> slowed;
};

engine make_engine(testing::script& vendor, turnstile& before)
{
    return {testing::shipped_recipe("okta-app-assignment"),
            vendor.play(),
            *http::origin::parse("https://example.okta.test"),
            testing::with_key("SSWS "),
            {ada.variables},
            before};
}

}  // namespace

TEST_CASE("without leave nothing is sent, and nothing is said of the vendor")
{
    testing::script vendor;
    counting before;
    engine okta = make_engine(vendor, before);
    CHECK(word(await_now(okta.remove(ada, {"op-1", 7}, soon())).what) == "no_turn");
    CHECK(vendor.seen.empty());
    CHECK(before.told.empty());
}

TEST_CASE("every request asks for leave of its own and gives its place back")
{
    testing::script vendor;
    vendor.then(200, seat).then(204, "");
    counting before;
    before.left = 2;
    engine okta = make_engine(vendor, before);
    CHECK(word(await_now(okta.look(ada, {"op-1", 7}, soon())).what) == "held");
    CHECK(word(await_now(okta.remove(ada, {"op-1", 7}, soon())).what) == "removed");
    CHECK(before.asked == 2);
    CHECK(before.inside == 0);
}

TEST_CASE("leave that was taken before the intent is used up by the first call")
{
    testing::script vendor;
    vendor.then(200, seat).then(204, "");
    counting before;
    before.left = 1;
    int given_back = 0;
    engine okta = make_engine(vendor, before);
    const operation by{"op-1", 7, std::make_shared<pass>(soon(), soon(), [&] { ++given_back; })};
    await_now(okta.look(ada, by, soon()));
    CHECK(before.asked == 0);
    CHECK(given_back == 1);
    await_now(okta.remove(ada, by, soon()));
    CHECK(before.asked == 1);
}

TEST_CASE("leave for a time that has passed is given back, and asked for anew")
{
    testing::script vendor;
    vendor.then(200, seat);
    counting before;
    before.left = 1;
    int given_back = 0;
    engine okta = make_engine(vendor, before);
    const operation late{"op-1", 7, std::make_shared<pass>(async::steady::now() - 1s, soon(), [&] { ++given_back; })};
    CHECK(word(await_now(okta.look(ada, late, soon())).what) == "held");
    CHECK(given_back == 1);
    CHECK(before.asked == 1);
}

TEST_CASE("only a lost answer and a server's fault count against a vendor")
{
    testing::script vendor;
    vendor.then(200, seat).then(429, "").then(503, "").then_not_sent().then_lost();
    counting before;
    before.left = 5;
    engine okta = make_engine(vendor, before);
    for (int i = 0; i < 5; ++i)
        await_now(okta.look(ada, {"op-1", 7}, soon()));
    CHECK(before.told.starts_with("well status 200;well status 429;failed status 503;failed "));
    CHECK(std::count(before.told.begin(), before.told.end(), ';') == 5);
}

TEST_CASE("a vendor that has little left is slowed down to, one that refuses for it closes the gate")
{
    const http::headers little{
        {"X-Rate-Limit-Limit", "600"}, {"X-Rate-Limit-Remaining", "6"}, {"X-Rate-Limit-Reset", "4102444800"}};
    testing::script vendor;
    vendor.then(429, "", little).then(200, seat, little);
    counting before;
    before.left = 2;
    engine okta = make_engine(vendor, before);
    CHECK(word(await_now(okta.look(ada, {"op-1", 7}, soon())).what).starts_with("throttled"));
    CHECK(before.slowed.empty());
    await_now(okta.look(ada, {"op-1", 7}, soon()));
    CHECK(before.slowed.size() == 1);
}

}  // namespace reclaim::connectors
