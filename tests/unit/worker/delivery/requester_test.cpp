#include "tests/unit/worker/connectors/script.hpp"
#include "worker/delivery/requester.hpp"

#include <catch2/catch.hpp>

namespace reclaim::delivery {

using namespace std::chrono_literals;
using testing::await_now;
using testing::soon;

namespace {

const std::string secret_b = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const std::string secret_c = "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno";
const std::string message_id = "cb_6f1c6c1e5a0b4d7e9c550c1f0a6f2b11";
const std::string body = R"({"type":"seat.deprovision.completed","timestamp":"2023-11-14T22:13:20Z","data":)"
                         R"({"approvalId":"apr_0001","seatId":"seat_42","outcome":"revoked","ticket":"IT-101"}})";
constexpr std::chrono::sys_seconds at{1700000000s};

signing_keys keys(std::initializer_list<std::string> texts)
{
    std::vector<secret> secrets;
    for (const auto& text : texts)
        secrets.emplace_back(text);
    auto made = signing_keys::decode(secrets);
    REQUIRE(made.has_value());
    return std::move(*made);
}

endpoint hook()
{
    return {*http::origin::parse("https://hooks.example.test"), "/in?x=1",
            std::make_shared<const signing_keys>(keys({secret_b}))};
}

std::string word(const delivery_answer& answer)
{
    struct name_of {
        std::string operator()(const delivered&) const { return "delivered"; }
        std::string operator()(const gone&) const { return "gone"; }
        std::string operator()(const try_again& t) const
        {
            return t.wait ? "again " + std::to_string(t.wait->count()) : "again";
        }
        std::string operator()(const undelivered&) const { return "undelivered"; }
    };
    return std::visit(name_of{}, answer);
}

}  // namespace

TEST_CASE("each attempt is signed anew over the same bytes, as the published vector says")
{
    REQUIRE(body.size() == 162);
    const auto one = keys({secret_b});
    CHECK(one.sign(message_id, at, body) == "v1,bVkys2lKubbPpGEMRlLGtP7Dpa2P4mVa6L0ERz1QWXw=");
    CHECK(one.sign(message_id, at + 305s, body) == "v1,WJO4tUsWtz5k2DRlmqGgA3XVanKY3SDTx55NOnAICNI=");
}

TEST_CASE("during a rotation there is one signature for each secret, newest first")
{
    const std::string p = R"({"type":"seat.deprovision.approved","timestamp":"2023-01-19T00:13:51Z","data":)"
                          R"({"approvalId":"apr_0001","seatId":"seat_42","decision":"approved"}})";
    const std::chrono::sys_seconds then{1674087231s};
    CHECK(keys({secret_b, secret_c}).sign("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", then, p) ==
          "v1,p2uo+MsDiFgqGvxoZFRCN+zLVTJshI/ozxZqBoiwX38= v1,ZTLC0AhJJMY3MMJVhtqacG0syoDl20V2g8tuZeZc7vs=");
}

TEST_CASE("a secret that cannot sign is refused without being shown")
{
    for (const std::string text : {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_", "whsec_AAEC",
                                   "whsec_//79_Pv6-fj39vX08_Lx8O_u7ezr6uno"}) {
        CAPTURE(text);
        const secret bad[] = {secret(secret_b), secret(text)};
        const auto made = signing_keys::decode(bad);
        REQUIRE_FALSE(made.has_value());
        CHECK_THAT(made.error(), Catch::StartsWith("secret 2"));
        CHECK(made.error().find("AAEC") == std::string::npos);
    }
    CHECK_FALSE(signing_keys::decode({}).has_value());
}

TEST_CASE("a confirmation is sent with id, time and signature, and its bytes unchanged")
{
    testing::script receiver;
    receiver.then(204, "");
    requester post(receiver.play());
    CHECK(word(await_now(post.post(hook(), message_id, body, at + 400ms, soon()))) == "delivered");
    REQUIRE(receiver.seen.size() == 1);
    const auto& sent = receiver.seen[0];
    CHECK(sent.method == "POST");
    CHECK(sent.target == "/in?x=1");
    CHECK(sent.body == body);
    CHECK(http::find(sent.headers, "webhook-id") == message_id);
    CHECK(http::find(sent.headers, "webhook-timestamp") == "1700000000");
    CHECK(http::find(sent.headers, "webhook-signature") == "v1,bVkys2lKubbPpGEMRlLGtP7Dpa2P4mVa6L0ERz1QWXw=");
}

TEST_CASE("every answer of a receiver has one meaning")
{
    const http::headers wait{{"Retry-After", "120"}};
    const struct {
        unsigned status;
        std::string plain;
        std::string with_retry_after;
    } rows[] = {
        {200, "delivered", "delivered"}, {202, "delivered", "delivered"}, {299, "delivered", "delivered"},
        {301, "again", "again"},         {308, "again", "again"},         {400, "again", "again"},
        {401, "again", "again"},         {404, "again", "again"},         {409, "again", "again"},
        {410, "gone", "gone"},           {429, "again", "again 120000"},  {500, "again", "again"},
        {502, "again", "again 120000"},  {503, "again", "again 120000"},  {504, "again", "again 120000"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.status);
        CHECK(word(read_receipt({row.status, {}, ""}, at)) == row.plain);
        CHECK(word(read_receipt({row.status, wait, ""}, at)) == row.with_retry_after);
    }
}

TEST_CASE("a lost confirmation is tried again, one that never left is told apart")
{
    testing::script receiver;
    receiver.then_lost().then_not_sent();
    requester post(receiver.play());
    CHECK(word(await_now(post.post(hook(), message_id, body, at, soon()))) == "again");
    CHECK(word(await_now(post.post(hook(), message_id, body, at, soon()))) == "undelivered");
    CHECK_THROWS_AS(await_now(post.post(hook(), "cb.1", body, at, soon())), std::invalid_argument);
}

}  // namespace reclaim::delivery
