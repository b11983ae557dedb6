#include "worker/credentials/token_answer.hpp"

#include "settings.hpp"

#include <catch2/catch.hpp>

namespace reclaim::credentials {
namespace {

using kind = unavailable::kind;
using namespace std::chrono_literals;

result<granted, unavailable> read(unsigned status, std::string body, http::headers headers = {})
{
    return read_token_answer(testing::by_secret(grant_settings::proof::secret_post),
                             {status, std::move(headers), std::move(body)}, std::chrono::system_clock::time_point(0s));
}

}  // namespace

TEST_CASE("a token is taken with the life it was given, and with the configured one where the answer does not tell")
{
    const auto entra = read(200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"eyJ0"})");
    REQUIRE(entra.has_value());
    CHECK(entra->token.reveal() == "eyJ0");
    CHECK(entra->lifetime == 3599s);
    const auto as_text = read(200, R"({"token_type":"bearer","expires_in":"3600","access_token":"t"})");
    CHECK(as_text->lifetime == 3600s);
    const auto salesforce = read(200, R"({"token_type":"Bearer","access_token":"00D!x","issued_at":"1278448384422"})");
    CHECK(salesforce->lifetime == 600s);
    CHECK(read(200, R"({"token_type":"Bearer","expires_in":9999999999,"access_token":"t"})")->lifetime == 24h);
}

TEST_CASE("an answer that holds no usable token is no token")
{
    for (const char* body :
         {"", "<html>please sign in</html>", "[]", R"({"access_token":"t"})", R"({"token_type":"Bearer"})",
          R"({"token_type":"Bearer","access_token":""})", R"({"token_type":"Bearer","access_token":"a\r\nX: b"})",
          R"({"token_type":"mac","access_token":"t"})", R"({"token_type":"Bearer","access_token":"t","expires_in":0})",
          R"({"token_type":"Bearer","access_token":"t","expires_in":"soon"})"}) {
        INFO(body);
        const auto got = read(200, body);
        REQUIRE(got.has_error());
        CHECK(got.error().what == kind::later);
    }
}

TEST_CASE("who is refused is told the issuer's words, and what was sent is not among them")
{
    const auto entra =
        read(401, R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret\r\nTrace"})");
    REQUIRE(entra.has_error());
    CHECK(entra.error().what == kind::refused);
    CHECK_THAT(entra.error().why, Catch::Contains("401 invalid_client: AADSTS7000215: Invalid client secret  Trace"));
    const auto echoing = read(400, R"({"error":"invalid_grant","error_description":"a+b/c&d~e is wrong"})");
    CHECK(echoing.error().what == kind::refused);
    CHECK_THAT(echoing.error().why, !Catch::Contains("a+b/c&d~e"));
    for (const unsigned status : {302u, 400u, 401u, 403u, 404u})
        CHECK(read(status, "").error().what == kind::refused);
}

TEST_CASE("what passes is for later, as long as the issuer asks for")
{
    for (const unsigned status : {408u, 429u, 500u, 502u, 503u, 504u}) {
        CHECK(read(status, "").error().what == kind::later);
        CHECK_FALSE(read(status, "").error().wait);
        CHECK(read(status, "", {{"Retry-After", "7"}}).error().wait == 7s);
    }
    CHECK(read(400, R"({"error":"temporarily_unavailable"})").error().what == kind::later);
}

TEST_CASE("proof of possession is named for what it is")
{
    const auto nonce = read(400, R"({"error":"use_dpop_nonce"})", {{"dpop-nonce", "n"}});
    CHECK(nonce.error().what == kind::refused);
    CHECK_THAT(nonce.error().why, Catch::Contains("DPoP"));
    const auto bound = read(200, R"({"token_type":"DPoP","expires_in":3600,"access_token":"t"})");
    CHECK(bound.error().what == kind::refused);
    CHECK_THAT(bound.error().why, Catch::Contains("DPoP"));
}

}  // namespace reclaim::credentials
