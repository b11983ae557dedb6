#include "receiver/schemes/scheme.hpp"
#include "tests/support/signed_request.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace reclaim;
using namespace reclaim::receiver;
using namespace reclaim::testing;
using namespace std::chrono_literals;

namespace {

using clock_point = std::chrono::system_clock::time_point;

std::unique_ptr<const schemes::scheme> with(std::initializer_list<std::string_view> secrets)
{
    schemes::scheme_options options;
    for (const auto each : secrets)
        options.secrets.emplace_back(std::string(each));
    auto made = schemes::make_scheme("standard", options);
    INFO((made ? std::string() : made.error()));
    REQUIRE(made.has_value());
    return std::move(*made);
}

struct delivery {
    std::string id, timestamp, body, signature;

    http::request as_request(const std::string& prefix = "webhook") const
    {
        return {"POST",
                "/",
                {{prefix + "-id", id}, {prefix + "-timestamp", timestamp}, {prefix + "-signature", signature}},
                body};
    }
};

clock_point at(const delivery& d)
{
    return clock_point(std::chrono::seconds(std::stoll(d.timestamp)));
}

const std::string body_p =
    R"({"type":"seat.deprovision.approved","timestamp":"2023-01-19T00:13:51Z","data":{"approvalId":"apr_0001","seatId":"seat_42","decision":"approved"}})";
const std::string by_b = "v1,p2uo+MsDiFgqGvxoZFRCN+zLVTJshI/ozxZqBoiwX38=";
const std::string by_c = "v1,ZTLC0AhJJMY3MMJVhtqacG0syoDl20V2g8tuZeZc7vs=";

delivery vector_2(std::string signature = by_b)
{
    return {"msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", "1674087231", body_p, std::move(signature)};
}

bool proves(const schemes::scheme& scheme, const delivery& d, std::chrono::seconds later = 0s)
{
    return scheme.verify(d.as_request(), at(d) + later).has_value();
}

}  // namespace

TEST_CASE("the published vectors of Standard Webhooks verify")
{
    const auto a = with({secret_a});
    const auto b = with({secret_b});
    const auto c = with({secret_c});
    CHECK(proves(*a, {"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})",
                      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}));
    CHECK(proves(*b, vector_2()));
    CHECK(proves(*c, vector_2(by_c)));
    CHECK(proves(*b, {"msg_utf8", "1700000000", "{\"name\":\"Zo\u00eb \u2013 \U0001F512\"}",
                      "v1,/zOVnbymC/1wQ39AFRCU6NCC7mEK+dShkvNnUdBr0Ys="}));
    CHECK(proves(*b, {"msg_empty", "1700000000", "", "v1,yredJpxuSO+Nbs3mRe+H7WF2AiIQovC4+sTzycX9L54="}));
    CHECK(
        proves(*b, {"msg_nl", "1700000000", "{\n  \"a\": 1\n}\n", "v1,wQZ22qz6iUIcZQFgsQlhGGjh844SD+rs/nMcg1P00vQ="}));
}

TEST_CASE("during rotation any configured secret that matches any signature is enough, and is named")
{
    const auto both = vector_2(by_b + " " + by_c);
    CHECK(proves(*with({secret_b}), both));
    CHECK(proves(*with({secret_c}), both));
    CHECK(proves(*with({secret_a, secret_c}), both));
    CHECK_FALSE(proves(*with({secret_a}), both));

    const auto scheme = with({secret_a, secret_c});
    const auto request = both.as_request();
    const auto proof = scheme->verify(request, at(both));
    REQUIRE(proof.has_value());
    CHECK(proof->delivery_id == both.id);
    std::string key;
    for (int byte = 0xff; byte >= 0xe8; --byte)
        key += static_cast<char>(byte);
    CHECK(proof->key_id == crypto::to_hex(crypto::as_bytes(crypto::sha256(key))).substr(0, 8));
}

TEST_CASE("Svix header names are read when the standard ones are absent")
{
    const auto b = with({secret_b});
    CHECK(b->verify(vector_2().as_request("svix"), at(vector_2())).has_value());
    auto both = vector_2().as_request("svix");
    both.headers.push_back({"webhook-id", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"});
    CHECK_FALSE(b->verify(both, at(vector_2())).has_value());
}

TEST_CASE("other content is not proven by the signature")
{
    const auto b = with({secret_b});
    auto changed = vector_2();
    SECTION("one more space")
    {
        changed.body += ' ';
    }
    SECTION("one flipped bit")
    {
        changed.body[10] ^= 1;
    }
    SECTION("another id")
    {
        changed.id += 'x';
    }
    SECTION("another timestamp")
    {
        changed.timestamp = "1674087232";
    }
    CHECK_FALSE(proves(*b, changed));
}

TEST_CASE("each signature header must be there once")
{
    const auto b = with({secret_b});
    const auto d = vector_2();
    for (std::size_t i = 0; i < 3; ++i) {
        auto missing = d.as_request();
        missing.headers.erase(missing.headers.begin() + static_cast<std::ptrdiff_t>(i));
        const auto seen_missing = b->verify(missing, at(d));
        REQUIRE_FALSE(seen_missing.has_value());
        CHECK(seen_missing.error() == schemes::refusal::unproven);

        auto empty = d.as_request();
        empty.headers[i].value.clear();
        CHECK_FALSE(b->verify(empty, at(d)).has_value());

        auto twice = d.as_request();
        auto copy = twice.headers[i];
        copy.name[0] = 'W';  // the case of a name makes no other header
        twice.headers.push_back(copy);
        const auto seen_twice = b->verify(twice, at(d));
        REQUIRE_FALSE(seen_twice.has_value());
        CHECK(seen_twice.error() == schemes::refusal::duplicate_header);
    }
}

TEST_CASE("timestamps count within 300 seconds both ways, the ends included")
{
    const auto b = with({secret_b});
    CHECK(proves(*b, vector_2(), 300s));
    CHECK(proves(*b, vector_2(), -300s));
    CHECK_FALSE(proves(*b, vector_2(), 301s));
    CHECK_FALSE(proves(*b, vector_2(), -301s));
    const auto d = vector_2();
    CHECK(b->verify(d.as_request(), at(d) + 300s + 900ms).has_value());
}

TEST_CASE("a timestamp is one to twelve digits and nothing else")
{
    const auto b = with({secret_b});
    for (const std::string text :
         {"1674087231 ", " 1674087231", "+1674087231", "-1674087231", "1.674087231e9", "0x63c88b7f", "1674087231.0",
          "1674087231abc", "01234567890123", "99999999999999999999", "\uff11\uff16"}) {
        auto d = vector_2();
        d.timestamp = text;
        d.signature = sign(secret_b, d.id, d.timestamp, d.body);
        INFO(text);
        CHECK_FALSE(b->verify(d.as_request(), at(vector_2())).has_value());
    }
    delivery leading_zero = vector_2();
    leading_zero.timestamp = "001674087231";
    leading_zero.signature = sign(secret_b, leading_zero.id, leading_zero.timestamp, leading_zero.body);
    CHECK(proves(*b, leading_zero));
}

TEST_CASE("a delivery id has 1 to 64 of the letters, digits, '_' and '-'")
{
    const auto b = with({secret_b});
    const auto proven_with_id = [&](std::string id) {
        auto d = vector_2();
        d.id = std::move(id);
        d.signature = sign(secret_b, d.id, d.timestamp, d.body);
        return proves(*b, d);
    };
    CHECK(proven_with_id(std::string(64, 'x')));
    CHECK(proven_with_id("Az09_-"));
    for (const std::string id : {"", "a.1", "a b", "a%00", "a'", "a/../b", "a\"b", "\u00e9", "a\r\nb"})
        CHECK_FALSE(proven_with_id(id));
    CHECK_FALSE(proven_with_id(std::string(65, 'x')));
}

TEST_CASE("id and timestamp cannot be cut at another point")
{
    // Both give the signed bytes "a.1.2.<body>" if the id may hold a point.
    const auto b = with({secret_b});
    const std::string signature = sign(secret_b, "a", "1.2", "{}");
    http::request request = delivery{"a.1", "2", "{}", signature}.as_request();
    CHECK_FALSE(b->verify(request, clock_point(2s)).has_value());
}

TEST_CASE("a signature is v1 and the one canonical base64 text")
{
    const auto b = with({secret_b});
    const std::string text = by_b.substr(3);
    const std::string raw = *crypto::from_base64(text);
    std::string other_trailing_bits = text;
    other_trailing_bits[42] = static_cast<char>(other_trailing_bits[42] + 1);  // same 32 bytes for a lenient decoder
    for (const std::string& wrong :
         {std::string("v1"), std::string("v1,"), text, "v2," + text, "v0," + text, "V1," + text, "v1;" + text,
          "v1a," + text, "v1," + text.substr(0, 43), "v1," + text + "=", "v1," + text + "x", "v1," + text.substr(0, 20),
          "v1," + crypto::to_base64(raw.substr(0, 31)), "v1," + crypto::to_base64(raw + "x"),
          "v1," + other_trailing_bits, "v1," + crypto::to_hex(raw),
          std::string("v1,p2uo-MsDiFgqGvxoZFRCN-zLVTJshI_ozxZqBoiwX38="), by_b + "," + by_c,
          std::string(
              "v1a,HcyWw1DHs59uMZG9fldIkpjtxriUCdBOI02WmAgbGGKsFgyulrX9nAL9E9SG7BxlZtzZyv6azz3tXoMaDnYNDw==")}) {
        INFO(wrong);
        CHECK_FALSE(proves(*b, vector_2(wrong)));
    }
}

TEST_CASE("entries of other versions and empty ones are passed over, up to five entries")
{
    const auto b = with({secret_b});
    CHECK(proves(*b, vector_2("v1a,xyz  " + by_b)));
    CHECK(proves(*b, vector_2(" " + by_b + " ")));
    CHECK(proves(*b, vector_2("v1,a v1,b v1,c v1,d " + by_b)));
    CHECK_FALSE(proves(*b, vector_2("v1,a v1,b v1,c v1,d v1,e " + by_b)));
    CHECK_FALSE(proves(*b, vector_2(by_b + " v1,a v1,b v1,c v1,d v1,e")));
}

TEST_CASE("an empty key, another key and the encoded key itself prove nothing")
{
    const auto b = with({secret_b});
    const auto d = vector_2();
    const auto mac_by = [&](std::string key) {
        const crypto::hmac_sha256 mac{secret(std::move(key))};
        return "v1," + crypto::to_base64(crypto::as_bytes(mac.sign({d.id, ".", d.timestamp, ".", d.body})));
    };
    CHECK(mac_by(*crypto::from_base64(secret_b.substr(6))) == by_b);
    CHECK_FALSE(proves(*b, vector_2(mac_by(""))));
    CHECK_FALSE(proves(*b, vector_2(mac_by(std::string(secret_b)))));
    CHECK_FALSE(proves(*b, vector_2(mac_by(std::string(secret_b.substr(6))))));
}

TEST_CASE("no mutation of any single byte verifies")
{
    const auto b = with({secret_b});
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::minstd_rand dice(seed);
    const auto d = vector_2();
    for (std::string delivery::* part : {&delivery::id, &delivery::timestamp, &delivery::body, &delivery::signature}) {
        for (std::size_t i = 0; i < (d.*part).size(); ++i) {
            auto changed = d;
            (changed.*part)[i] ^= static_cast<char>(1 + dice() % 127);
            CAPTURE(i);
            CHECK_FALSE(b->verify(changed.as_request(), at(d)).has_value());
        }
    }
}

TEST_CASE("secrets that are no Standard Webhooks keys are refused, without being repeated")
{
    const auto refused = [](std::string text) {
        schemes::scheme_options options;
        options.secrets.emplace_back(text);
        const auto made = schemes::make_scheme("standard", options);
        CHECK_FALSE((made.has_error() && !text.empty() && made.error().find(text) != std::string::npos));
        return made.has_error();
    };
    const auto key_of = [](std::size_t bytes) { return "whsec_" + crypto::to_base64(std::string(bytes, 'k')); };
    CHECK(refused(key_of(23)));
    CHECK_FALSE(refused(key_of(24)));
    CHECK_FALSE(refused(key_of(64)));
    CHECK(refused(key_of(65)));
    CHECK(refused(""));
    CHECK(refused("whsec_"));
    CHECK(refused("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_"));
    CHECK(refused("whsec_not base64 at all, not at all"));
    CHECK_FALSE(refused("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    CHECK_FALSE(refused("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"));
}

TEST_CASE("an unknown scheme is refused by naming the known ones")
{
    const auto made = schemes::make_scheme("magic", {});
    REQUIRE(made.has_error());
    CHECK(made.error().find("standard") != std::string::npos);
}
