// What the engine does with a credential that changes, or that cannot be had.
#include "worker/connectors/engine.hpp"

#include "outcome_word.hpp"
#include "script.hpp"
#include "shipped_recipe.hpp"

#include <catch2/catch.hpp>

namespace reclaim::connectors {

using credentials::presented;
using credentials::unavailable;
using testing::await_now;
using testing::soon;
using testing::word;

namespace {

const target ada{{{"app_id", "0oa1"}, {"subject", "00u1"}}};
const operation by{"op-1", 7};

// A token per edition, or trouble.
class tokens : public credentials::credential {
public:
    boost::asio::awaitable<result<presented, unavailable>> present(async::steady::time_point) override
    {
        if (trouble)
            co_return *trouble;
        co_return presented{{"Authorization", "Bearer token-" + std::to_string(edition)}, edition};
    }
    bool rejected(int which) override
    {
        if (which == edition)
            ++edition;
        return renewable;
    }

    int edition = 1;
    bool renewable = true;
    std::optional<unavailable> trouble;
};

struct okta {
    testing::script vendor;
    std::shared_ptr<tokens> shows = std::make_shared<tokens>();
    engine seats{testing::shipped_recipe("okta-app-assignment"),
                 vendor.play(),
                 *http::origin::parse("https://example.okta.test"),
                 shows,
                 {ada.variables}};

    answer remove() { return await_now(seats.remove(ada, by, soon())); }
    std::vector<std::string> shown() const
    {
        std::vector<std::string> out;
        for (const auto& one : vendor.seen)
            out.emplace_back(http::find(one.headers, "Authorization").value_or(""));
        return out;
    }
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a removal that is answered 401 is sent once more with another token")
{
    okta at;
    at.vendor.then(401, R"({"errorCode":"E0000011"})").then(204, "");
    const auto got = at.remove();
    CHECK(word(got.what) == "removed");
    CHECK(got.left);
    CHECK(at.shown() == texts{"Bearer token-1", "Bearer token-2"});
    CHECK(at.vendor.seen[0].target == at.vendor.seen[1].target);
}

TEST_CASE("a second 401 is a refused credential, and nothing is sent a third time")
{
    okta at;
    at.vendor.then(401, "").then(401, "");
    CHECK(word(at.remove().what) == "denied");
    CHECK(at.shown().size() == 2);
}

TEST_CASE("a key that cannot change is not shown again")
{
    okta at;
    at.shows->renewable = false;
    at.vendor.then(401, "");
    CHECK(word(at.remove().what) == "denied");
}

TEST_CASE("only a 401 is answered by another token: no other answer says that nothing was applied")
{
    for (const unsigned status : {400u, 403u, 404u, 409u, 500u, 503u}) {
        okta at;
        at.vendor.then(status, R"({"errorCode":"E0000006"})");
        at.remove();
        CHECK(at.shown().size() == 1);
    }
}

TEST_CASE("a removal without a credential is not sent, and does not count as sent")
{
    using kind = unavailable::kind;
    const std::pair<unavailable, std::string> troubles[] = {
        {{kind::refused, "invalid_client"}, "denied"},
        {{kind::later, "503"}, "not_sent"},
        {{kind::later, "429", std::chrono::seconds(7)}, "throttled 7000"},
    };
    for (const auto& [trouble, outcome] : troubles) {
        okta at;
        at.shows->trouble = trouble;
        const auto got = at.remove();
        CHECK(word(got.what) == outcome);
        CHECK_FALSE(got.left);
        CHECK(at.vendor.seen.empty());
    }
}

TEST_CASE("what was sent counts as sent, answered or not, unless no byte of it left")
{
    okta lost, unsent, answered;
    lost.vendor.then_lost();
    unsent.vendor.then_not_sent();
    answered.vendor.then(503, "");
    CHECK(lost.remove().left);
    CHECK_FALSE(unsent.remove().left);
    CHECK(answered.remove().left);
}

TEST_CASE("a credential that is put in another's place is used from the next request on, and what that proved is void")
{
    okta at;
    const std::string missing = R"({"errorCode":"E0000007"})", app = R"({"id":"0oa1"})";
    at.vendor.then(404, missing).then(200, app).then(404, missing).then(404, missing).then(200, app);
    for (int look = 0; look < 2; ++look)
        CHECK(word(await_now(at.seats.look(ada, by, soon())).what) == "absent");
    CHECK(at.vendor.seen.size() == 3);  // the second look needed no proof
    at.seats.use(testing::with_key("SSWS "));
    CHECK(word(await_now(at.seats.look(ada, by, soon())).what) == "absent");
    CHECK(at.vendor.is_over());
    CHECK(at.shown().back() == "SSWS token");
}

}  // namespace reclaim::connectors
