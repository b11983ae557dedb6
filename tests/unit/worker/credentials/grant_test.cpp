#include "worker/credentials/grant.hpp"

#include "common/crypto/encoding.hpp"
#include "common/json/document.hpp"
#include "settings.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace reclaim::credentials {

using way = grant_settings::way;
using proof = grant_settings::proof;

namespace {

constexpr std::chrono::sys_seconds now{std::chrono::seconds(1'700'000'000)};

std::string unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        out += *crypto::from_hex(text.substr(at + 1, 2));
        at += 2;
    }
    return out;
}

std::map<std::string, std::string> fields_of(const http::request& from)
{
    std::map<std::string, std::string> out;
    std::string_view rest = from.body;
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        out.emplace(unescaped(pair.substr(0, pair.find('='))), unescaped(pair.substr(pair.find('=') + 1)));
    }
    return out;
}

// One of the three parts of a token, as JSON.
json::document part_of(const std::string& jwt, int number)
{
    std::string_view rest = jwt;
    for (; number > 0; --number)
        rest.remove_prefix(rest.find('.') + 1);
    std::string text(rest.substr(0, rest.find('.')));
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    return *json::document::parse(*crypto::from_base64(text, crypto::padding::optional));
}

std::string claims_of(const std::string& jwt)
{
    return part_of(jwt, 1).root().serialize();
}

}  // namespace

TEST_CASE("a secret goes into the body, escaped, or into the Authorization header, and never into the target")
{
    const auto posted = write_token_request(testing::by_secret(proof::secret_post), now, "id");
    CHECK(posted.method == "POST");
    CHECK(posted.target == "/tenant/oauth2/v2.0/token");
    CHECK(http::find(posted.headers, "Content-Type") == "application/x-www-form-urlencoded");
    CHECK(posted.body == "grant_type=client_credentials&scope=https%3a%2f%2fgraph.test%2f.default&client_id=client%201"
                         "&client_secret=a%2bb%2fc%26d~e");
    CHECK_FALSE(http::find(posted.headers, "Authorization"));

    const auto basic = write_token_request(testing::by_secret(proof::secret_basic), now, "id");
    CHECK(basic.body == "grant_type=client_credentials&scope=https%3a%2f%2fgraph.test%2f.default");
    CHECK(http::find(basic.headers, "Authorization") ==
          "Basic " + crypto::to_base64("client%201:a%2bb%2fc%26d~e"));  // RFC 6749 2.3.1
}

TEST_CASE("Zoom is asked for a token of an account")
{
    auto how = testing::by_secret(proof::secret_basic);
    how.by = way::account_credentials;
    how.scope.clear();
    how.fields = {{"account_id", "acc-1"}};
    CHECK(write_token_request(how, now, "id").body == "grant_type=account_credentials&account_id=acc-1");
}

TEST_CASE("Okta's client assertion names key, client, endpoint and a time of five minutes, and is signed")
{
    const auto how = testing::by_key();
    const auto sent = fields_of(write_token_request(how, now, "id-1"));
    CHECK(sent.at("grant_type") == "client_credentials");
    CHECK(sent.at("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const std::string jwt = sent.at("client_assertion");
    CHECK(part_of(jwt, 0).root().serialize() == R"({"alg":"RS256","typ":"JWT","kid":"kid-1"})");
    CHECK(claims_of(jwt) == R"({"iss":"0oaclient","sub":"0oaclient","aud":"https://login.test/oauth2/v1/token",)"
                            R"("iat":1700000000,"exp":1700000300,"jti":"id-1"})");
    const auto signed_part = jwt.substr(0, jwt.rfind('.'));
    CHECK(jwt.substr(jwt.rfind('.') + 1) ==
          crypto::to_base64url(how.assertion->key.sign(crypto::jwt_algorithm::rs256, signed_part)));
}

TEST_CASE("Entra's client assertion names the certificate by the digest that goes with its algorithm")
{
    auto how = testing::by_key("");
    how.assertion->certificate = crypto::certificate{"\x01\x02", "\xfb\xff"};
    how.assertion->algorithm = crypto::jwt_algorithm::ps256;
    const auto pss = fields_of(write_token_request(how, now, "id")).at("client_assertion");
    CHECK(part_of(pss, 0).root().serialize() == R"({"alg":"PS256","typ":"JWT","x5t#S256":"-_8"})");
    CHECK(part_of(pss, 1).root()["nbf"].integer() == 1'700'000'000);
    how.assertion->algorithm = crypto::jwt_algorithm::rs256;
    const auto former = fields_of(write_token_request(how, now, "id")).at("client_assertion");
    CHECK(part_of(former, 0).root().serialize() == R"({"alg":"RS256","typ":"JWT","x5t":"AQI"})");
}

TEST_CASE("Google's grant is the assertion itself, with scope, whom to act as, and an hour")
{
    auto how = testing::by_key();
    how.by = way::jwt_bearer;
    how.client_id = "robot@project.test";
    how.subject = "admin@example.com";
    how.scope = "https://www.googleapis.test/auth/apps.licensing";
    how.assertion->audience = "https://oauth2.googleapis.test/token";
    const auto sent = fields_of(write_token_request(how, now, "id"));
    REQUIRE(sent.size() == 2);
    CHECK(sent.at("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer");
    CHECK(claims_of(sent.at("assertion")) ==
          R"({"iss":"robot@project.test","aud":"https://oauth2.googleapis.test/token","sub":"admin@example.com",)"
          R"("scope":"https://www.googleapis.test/auth/apps.licensing","iat":1700000000,"exp":1700003600})");
}

}  // namespace reclaim::credentials
