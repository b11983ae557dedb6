#include "common/crypto/encoding.hpp"
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

// Whoever is sent there fails.
testing::script& nobody()
{
    static testing::script silent;
    return silent;
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

TEST_CASE("an Ed25519 key signs as v1a, and its public half verifies")
{
    const std::string seed = *crypto::from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    const std::string public_key = *crypto::from_base64("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
    const std::string content = R"({"type":"seat.deprovision.approved","data":{"approvalId":"apr_0001"}})";
    const std::string id = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W";
    const std::chrono::sys_seconds then{1674087231s};
    const std::string vector =
        "v1a,HcyWw1DHs59uMZG9fldIkpjtxriUCdBOI02WmAgbGGKsFgyulrX9nAL9E9SG7BxlZtzZyv6azz3tXoMaDnYNDw==";
    for (const std::string& text :
         {"whsk_" + crypto::to_base64(seed), "whsk_" + crypto::to_base64(seed + public_key)}) {
        CHECK(keys({text}).sign(id, then, content) == vector);
        // While a receiver changes from one kind to the other it is sent both.
        CHECK(keys({text, secret_b}).sign(id, then, content) ==
              vector + " " + keys({secret_b}).sign(id, then, content));
    }
    CHECK(crypto::ed25519_verify(public_key, id + ".1674087231." + content, *crypto::from_base64(vector.substr(4))));
}

TEST_CASE("an Ed25519 key that cannot sign, or is the receiver's half, is refused without being shown")
{
    const std::string seed(32, 's');
    for (const std::string& text :
         {"whsk_" + crypto::to_base64(seed.substr(1)), "whsk_" + crypto::to_base64(seed + seed),
          "whsk_" + crypto::to_base64(seed) + "!", std::string("whsk_"), "whpk_" + crypto::to_base64(seed)}) {
        const secret bad[] = {secret(text)};
        const auto made = signing_keys::decode(bad);
        REQUIRE_FALSE(made.has_value());
        CHECK(made.error().find("c3Nz") == std::string::npos);
    }
}

TEST_CASE("a confirmation is sent with id, time and signature, and its bytes unchanged")
{
    testing::script receiver;
    receiver.then(204, "");
    requester post(receiver.play(), nobody().play());
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

TEST_CASE("an endpoint gets its own form of the frozen bytes, signed as it is sent")
{
    testing::script receiver;
    receiver.then(204, "").then(204, "");
    requester post(receiver.play(), nobody().play());
    auto to = hook();
    to.format = message_format::plain;
    CHECK(word(await_now(post.post(to, message_id, body, at, soon()))) == "delivered");
    to.format = message_format::slack;
    to.keys = nullptr;
    CHECK(word(await_now(post.post(to, message_id, body, at, soon()))) == "delivered");
    REQUIRE(receiver.seen.size() == 2);
    CHECK(receiver.seen[0].body == render(message_format::plain, body));
    CHECK(http::find(receiver.seen[0].headers, "webhook-signature") ==
          keys({secret_b}).sign(message_id, at, receiver.seen[0].body));
    CHECK(receiver.seen[1].body == render(message_format::slack, body));
    CHECK_FALSE(http::find(receiver.seen[1].headers, "webhook-signature"));
    CHECK_FALSE(http::find(receiver.seen[1].headers, "webhook-id"));
}

TEST_CASE("only an endpoint of the configuration is sent to without its address being judged")
{
    testing::script judged;
    testing::script any;
    judged.then(204, "");
    any.then(204, "");
    requester post(judged.play(), any.play());
    auto to = hook();
    CHECK(word(await_now(post.post(to, message_id, body, at, soon()))) == "delivered");
    CHECK(judged.seen.size() == 1);
    CHECK(any.seen.empty());
    to.allowed = reach::any_address;
    CHECK(word(await_now(post.post(to, message_id, body, at, soon()))) == "delivered");
    CHECK(judged.seen.size() == 1);
    CHECK(any.seen.size() == 1);
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
    requester post(receiver.play(), nobody().play());
    CHECK(word(await_now(post.post(hook(), message_id, body, at, soon()))) == "again");
    CHECK(word(await_now(post.post(hook(), message_id, body, at, soon()))) == "undelivered");
    CHECK_THROWS_AS(await_now(post.post(hook(), "cb.1", body, at, soon())), std::invalid_argument);
}

}  // namespace reclaim::delivery
