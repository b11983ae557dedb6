// The schemes beside Standard Webhooks: what each proves, and what none of them lets through.
#include "common/crypto/encoding.hpp"
#include "receiver/schemes/scheme.hpp"
#include "tests/support/signed_request.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

using namespace reclaim;
using namespace reclaim::receiver;
using namespace reclaim::testing;
using namespace std::chrono_literals;

namespace {

using clock_point = std::chrono::system_clock::time_point;

const std::string body_q = R"({"type":"seat.deprovision.approved","data":{"approvalId":"apr_0001"}})";
const clock_point then{1700000000s};

std::unique_ptr<const schemes::scheme> make(std::string_view name, std::initializer_list<std::string_view> secrets,
                                            std::optional<std::chrono::seconds> tolerance = {})
{
    schemes::scheme_options options;
    options.tolerance = tolerance;
    for (const auto each : secrets)
        options.secrets.emplace_back(std::string(each));
    auto made = schemes::make_scheme(name, options);
    INFO((made ? std::string() : made.error()));
    REQUIRE(made.has_value());
    return std::move(*made);
}

std::string hex_mac(std::string_view key, std::initializer_list<std::string_view> parts)
{
    const crypto::hmac_sha256 mac{secret(std::string(key))};
    return crypto::to_hex(crypto::as_bytes(mac.sign(parts)));
}

std::string digest_of(std::string_view body)
{
    return crypto::to_hex(crypto::as_bytes(crypto::sha256(body)));
}

http::request post(http::headers headers, std::string body)
{
    return {"POST", "/", std::move(headers), std::move(body)};
}

http::request by_github(std::string_view key, const std::string& body)
{
    return post({{"X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"},
                 {"X-Hub-Signature-256", "sha256=" + hex_mac(key, {body})}},
                body);
}

http::request by_stripe(std::string_view key, const std::string& body, const std::string& seconds = "1700000000")
{
    return post({{"Stripe-Signature", "t=" + seconds + ",v1=" + hex_mac(key, {seconds, ".", body})}}, body);
}

http::request by_slack(std::string_view key, const std::string& body, const std::string& seconds = "1700000000")
{
    return post({{"X-Slack-Request-Timestamp", seconds},
                 {"X-Slack-Signature", "v0=" + hex_mac(key, {"v0:", seconds, ":", body})}},
                body);
}

http::request by_linear(std::string_view key, const std::string& body)
{
    return post({{"Linear-Signature", hex_mac(key, {body})}}, body);
}

http::request by_bearer(std::string_view token, const std::string& body)
{
    return post({{"Authorization", "Bearer " + std::string(token)}}, body);
}

const std::string linear_body = R"({"type":"Issue","action":"update","webhookTimestamp":1700000000000})";
constexpr std::string_view key_1 = "a-signing-secret-of-some-length";
constexpr std::string_view key_2 = "another-secret-that-is-as-long";

struct sender {
    std::string_view scheme;
    std::function<http::request(std::string_view key)> sign;
    bool has_time;
    bool signs_body = true;
};

const std::vector<sender>& senders()
{
    static const std::vector<sender> all{
        {"github", [](std::string_view key) { return by_github(key, body_q); }, false},
        {"stripe", [](std::string_view key) { return by_stripe(key, body_q); }, true},
        {"slack", [](std::string_view key) { return by_slack(key, body_q); }, true},
        {"linear", [](std::string_view key) { return by_linear(key, linear_body); }, true},
        {"bearer", [](std::string_view key) { return by_bearer(key, body_q); }, false, false},
    };
    return all;
}

bool proves(const schemes::scheme& scheme, const http::request& request, clock_point now = then)
{
    return scheme.verify(request, now).has_value();
}

}  // namespace

TEST_CASE("the published vectors of GitHub, Stripe, Slack and Linear verify")
{
    const auto github = make("github", {"It's a Secret to Everybody"});
    const std::string of_hello = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    CHECK(proves(*github, post({{"X-Hub-Signature-256", of_hello}}, "Hello, World!")));
    CHECK(proves(*github, post({{"X-Hub-Signature", of_hello}}, "Hello, World!")));  // as Jira names it
    CHECK_FALSE(proves(*github, post({{"X-Hub-Signature-256", of_hello}}, "Hello, World")));

    CHECK(proves(
        *make("stripe", {"whsec_test_secret"}),
        post({{"Stripe-Signature", "t=1700000000,v1=3a771cf160fdc33404c996d269f637aca1c0115f2ea6cf1d50c4e45395e338bb"}},
             body_q)));
    CHECK(proves(*make("slack", {"slack-secret-1"}),
                 post({{"X-Slack-Request-Timestamp", "1700000000"},
                       {"X-Slack-Signature", "v0=836d32f128714fd06fa3eccb8939e64feb16aa2400b218a8deb79d2203ed5b97"}},
                      body_q)));
    // Its body has no time, so the header's counts, as with Linear's own library.
    CHECK(proves(*make("linear", {"lin_wh_secret"}),
                 post({{"Linear-Signature", "eb2f3aa3e09039a44b3afedabe778d2a6648826dd3253e130970566ecdd97257"},
                       {"Linear-Timestamp", "1700000000000"}},
                      body_q)));
}

TEST_CASE("any of several secrets proves, and which one it was is named by its digest")
{
    for (const sender& each : senders()) {
        INFO(each.scheme);
        const auto both = make(each.scheme, {key_1, key_2});
        for (const auto key : {key_1, key_2}) {
            const auto proof = both->verify(each.sign(key), then);
            REQUIRE(proof.has_value());
            CHECK(proof->key_id == digest_of(key).substr(0, 8));
            CHECK(proof->delivery_id == both->verify(each.sign(key), then)->delivery_id);
            CHECK(proof->delivery_id == hex_mac(key, {"delivery:", each.sign(key).body}).substr(0, 32));
        }
        const auto only_old = make(each.scheme, {key_2});
        CHECK_FALSE(proves(*only_old, each.sign(key_1)));
        CHECK_FALSE(proves(*only_old, each.sign("")));
    }
}

TEST_CASE("no change of any byte that a request is proven by verifies")
{
    for (const sender& each : senders()) {
        const auto scheme = make(each.scheme, {key_1});
        const auto good = each.sign(key_1);
        REQUIRE(proves(*scheme, good));
        std::vector<std::function<std::string&(http::request&)>> parts;
        for (std::size_t i = 0; i < good.headers.size(); ++i)
            if (good.headers[i].name != "X-GitHub-Delivery")
                parts.emplace_back([i](http::request& r) -> std::string& { return r.headers[i].value; });
        if (each.signs_body)
            parts.emplace_back([](http::request& r) -> std::string& { return r.body; });
        for (const auto& part : parts) {
            auto changed = good;
            std::string& text = part(changed);
            for (std::size_t at = 0; at < text.size(); ++at) {
                for (int flip = 1; flip < 256; flip *= 2) {
                    text[at] = static_cast<char>(text[at] ^ flip);
                    if (proves(*scheme, changed)) {
                        CAPTURE(each.scheme, at, flip);
                        FAIL("a changed request is proven");
                    }
                    text[at] = static_cast<char>(text[at] ^ flip);
                }
            }
            for (const std::string& longer : {text + " ", " " + text, text.substr(1), std::string()}) {
                auto other = good;
                part(other) = longer;
                CAPTURE(each.scheme, longer);
                CHECK_FALSE(proves(*scheme, other));
            }
        }
    }
}

TEST_CASE("each header that proves must be there, and only once")
{
    for (const sender& each : senders()) {
        const auto scheme = make(each.scheme, {key_1});
        const auto good = each.sign(key_1);
        for (std::size_t i = 0; i < good.headers.size(); ++i) {
            if (good.headers[i].name == "X-GitHub-Delivery")
                continue;
            CAPTURE(each.scheme, good.headers[i].name);
            auto missing = good;
            missing.headers.erase(missing.headers.begin() + static_cast<std::ptrdiff_t>(i));
            const auto seen_missing = scheme->verify(missing, then);
            REQUIRE_FALSE(seen_missing.has_value());
            CHECK(seen_missing.error() == schemes::refusal::unproven);
            auto twice = good;
            twice.headers.push_back(good.headers[i]);
            const auto seen_twice = scheme->verify(twice, then);
            REQUIRE_FALSE(seen_twice.has_value());
            CHECK(seen_twice.error() == schemes::refusal::duplicate_header);
        }
    }
}

TEST_CASE("a signed time counts within the tolerance both ways, the ends included; where there is none, age is nothing")
{
    for (const sender& each : senders()) {
        CAPTURE(each.scheme);
        const auto scheme = make(each.scheme, {key_1});
        const auto tolerance = each.scheme == "linear" ? 60s : 300s;
        const auto request = each.sign(key_1);
        for (const auto late : {tolerance, -tolerance, std::chrono::seconds(0)})
            CHECK(proves(*scheme, request, then + late));
        for (const auto late : {tolerance + 1s, -tolerance - 1s, std::chrono::seconds(86400 * 400)})
            CHECK(proves(*scheme, request, then + late) != each.has_time);
        const auto wider = make(each.scheme, {key_1}, 600s);
        CHECK(proves(*wider, request, then + 600s));
    }
}

TEST_CASE("a time is digits and nothing else, also when it is signed")
{
    const auto stripe = make("stripe", {key_1});
    const auto slack = make("slack", {key_1});
    for (const std::string text : {"", " 1700000000", "+1700000000", "1700000000.0", "1.7e9", "0x6553f100",
                                   "1700000000abc", "17000000000000000000", "\uff11\uff17"}) {
        CAPTURE(text);
        CHECK_FALSE(proves(*stripe, by_stripe(key_1, body_q, text)));
        CHECK_FALSE(proves(*slack, by_slack(key_1, body_q, text)));
    }
    const auto linear = make("linear", {key_1});
    for (const std::string text : {"null", "\"1700000000000\"", "1700000000000.5", "-1", "1e12", "9223372036854775807",
                                   "[1700000000000]", "1700000000"}) {
        CAPTURE(text);
        CHECK_FALSE(proves(*linear, by_linear(key_1, R"({"webhookTimestamp":)" + text + "}")));
    }
}

TEST_CASE("Stripe's header may carry several signatures and other versions, but one time and no endless list")
{
    const auto stripe = make("stripe", {key_1});
    const std::string right = "v1=" + hex_mac(key_1, {"1700000000", ".", body_q});
    const auto with = [&](const std::string& header) {
        return proves(*stripe, post({{"Stripe-Signature", header}}, body_q));
    };
    CHECK(with("t=1700000000,v0=aa,v1=bb," + right));
    CHECK(with(right + ",t=1700000000"));
    CHECK(with("t=1700000000,v1=a,v1=b,v1=c,v1=d," + right));
    CHECK_FALSE(with("t=1700000000,v1=a,v1=b,v1=c,v1=d,v1=e," + right));
    CHECK_FALSE(with("t=1700000000,t=1700000000," + right));
    CHECK_FALSE(with("t=,t=1700000000," + right));
    CHECK_FALSE(with("t=1700000000," + right.substr(3)));
    CHECK_FALSE(with("t=1700000000,v0=" + right.substr(3)));
    CHECK_FALSE(with("t=1700000000 " + right));
    CHECK_FALSE(with(right));
    CHECK_FALSE(with("t=1700000000"));
}

TEST_CASE("Linear's signed time is believed before the header's, which anybody could set")
{
    const auto linear = make("linear", {key_1});
    auto stale = by_linear(key_1, R"({"webhookTimestamp":1600000000000})");
    stale.headers.push_back({"Linear-Timestamp", "1700000000000"});
    CHECK_FALSE(proves(*linear, stale));
    CHECK_FALSE(proves(*linear, by_linear(key_1, "{}")));
    auto text_only = by_linear(key_1, "no json");
    text_only.headers.push_back({"Linear-Timestamp", "1700000000000"});
    CHECK(proves(*linear, text_only));  // proven; that it is no JSON is said after that
}

TEST_CASE("GitHub's SHA-1 signature proves nothing, and does not stand in the way of the real one")
{
    const auto github = make("github", {key_1});
    auto both = by_github(key_1, body_q);
    both.headers.push_back({"X-Hub-Signature", "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6"});
    CHECK(proves(*github, both));
    CHECK_FALSE(proves(*github, post({{"X-Hub-Signature", "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6"}}, body_q)));
    std::string upper = "sha256=" + hex_mac(key_1, {body_q});
    std::transform(upper.begin() + 7, upper.end(), upper.begin() + 7, ::toupper);
    CHECK_FALSE(proves(*github, post({{"X-Hub-Signature-256", upper}}, body_q)));
}

TEST_CASE("an unsigned delivery id makes no second delivery of the same bytes")
{
    const auto github = make("github", {key_1});
    auto again = by_github(key_1, body_q);
    again.headers[0].value = "another-id";
    CHECK(github->verify(again, then)->delivery_id == github->verify(by_github(key_1, body_q), then)->delivery_id);
}

TEST_CASE("a delivery's id, which stands in the log, is neither the body's digest nor its signature")
{
    for (const sender& each : senders()) {
        const auto request = each.sign(key_1);
        const auto id = make(each.scheme, {key_1})->verify(request, then)->delivery_id;
        CAPTURE(each.scheme, id);
        CHECK(digest_of(request.body).find(id) == std::string::npos);
        for (const auto& header : request.headers)
            CHECK(header.value.find(id) == std::string::npos);
    }
}

TEST_CASE("Stripe keys its signature with the secret's text where Standard Webhooks decodes it")
{
    CHECK(proves(*make("stripe", {secret_b}), by_stripe(secret_b, body_q)));
    CHECK_FALSE(proves(*make("stripe", {secret_b}),
                       by_stripe(*crypto::from_base64(secret_b.substr(std::string_view("whsec_").size())), body_q)));
}

TEST_CASE("a secret that is too short is refused without being shown")
{
    for (const sender& each : senders()) {
        schemes::scheme_options options;
        options.secrets.emplace_back("short-one");
        const auto made = schemes::make_scheme(each.scheme, options);
        CAPTURE(each.scheme);
        REQUIRE(made.has_error());
        CHECK(made.error().find("9 bytes") != std::string::npos);
        CHECK(made.error().find("short-one") == std::string::npos);
    }
}

TEST_CASE("every scheme is in the table under its own name")
{
    CHECK(schemes::scheme_names() == "standard, github, stripe, slack, linear, bearer");
    for (const sender& each : senders())
        CHECK(schemes::find_scheme(each.scheme)->signs_time == each.has_time);
    for (const sender& each : senders())
        CHECK(schemes::find_scheme(each.scheme)->behind_client_certificates == (each.scheme == "bearer"));
    CHECK(schemes::find_scheme("magic") == nullptr);
}
