#include "worker/credentials/grant.hpp"

#include "common/crypto/encoding.hpp"
#include "common/json/writer.hpp"

namespace reclaim::credentials {
namespace {

using namespace std::chrono_literals;
using way = grant_settings::way;
using proof = grant_settings::proof;

// Of a client's own assertion. Okta takes an hour at most and Entra advises 5 to 10 minutes; it is used at once.
constexpr std::chrono::seconds client_assertion_age_max = 5min;
// Google's clients all ask for the hour that is its maximum.
constexpr std::chrono::seconds grant_assertion_age_max = 1h;

// application/x-www-form-urlencoded, each byte that could mean something escaped.
std::string form_encoded(std::string_view bytes)
{
    std::string out;
    for (const char c : bytes) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out += "%" + crypto::to_hex({&c, 1});
    }
    return out;
}

class form {
public:
    void add(std::string_view name, std::string_view value)
    {
        text_ += (text_.empty() ? "" : "&") + form_encoded(name) + "=" + form_encoded(value);
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string header_of(const assertion_settings& by)
{
    const bool pss = by.algorithm == crypto::jwt_algorithm::ps256;
    json::writer out;
    out.begin_object().member("alg", pss ? "PS256" : "RS256").member("typ", "JWT");
    if (!by.key_id.empty())
        out.member("kid", by.key_id);
    // The pairs that Entra documents: PS256 with the SHA-256 digest, and, in its former form, RS256 with SHA-1.
    if (by.certificate && pss)
        out.member("x5t#S256", crypto::to_base64url(by.certificate->sha256));
    else if (by.certificate)
        out.member("x5t", crypto::to_base64url(by.certificate->sha1));
    out.end_object();
    return out.take();
}

std::string sign_client_assertion(const grant_settings& of, std::int64_t now, const std::string& id)
{
    const auto& by = *of.assertion;
    json::writer claims;
    claims.begin_object().member("iss", of.client_id).member("sub", of.client_id).member("aud", by.audience);
    claims.member("iat", now).member("exp", now + client_assertion_age_max.count()).member("jti", id);
    if (by.certificate)
        claims.member("nbf", now);
    claims.end_object();
    return by.key.sign_jwt(by.algorithm, header_of(by), claims.take());
}

std::string sign_grant_assertion(const grant_settings& of, std::int64_t now)
{
    const auto& by = *of.assertion;
    json::writer claims;
    claims.begin_object().member("iss", of.client_id).member("aud", by.audience);
    if (!of.subject.empty())
        claims.member("sub", of.subject);
    if (!of.scope.empty())
        claims.member("scope", of.scope);
    claims.member("iat", now).member("exp", now + grant_assertion_age_max.count());
    claims.end_object();
    return by.key.sign_jwt(by.algorithm, header_of(by), claims.take());
}

}  // namespace

http::request write_token_request(const grant_settings& of, std::chrono::sys_seconds now, const std::string& id)
{
    const std::int64_t now_s = now.time_since_epoch().count();
    http::request out{"POST",
                      of.target,
                      {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"Accept", "application/json"},
                       {"User-Agent", "reclaim/" RECLAIM_VERSION}},
                      ""};
    form body;
    if (of.by == way::jwt_bearer) {
        body.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        body.add("assertion", sign_grant_assertion(of, now_s));
        out.body = body.take();
        return out;
    }
    body.add("grant_type", of.by == way::client_credentials ? "client_credentials" : "account_credentials");
    if (!of.scope.empty())
        body.add("scope", of.scope);
    for (const auto& [name, value] : of.fields)
        body.add(name, value);
    switch (of.proven_by) {
    case proof::secret_post:
        body.add("client_id", of.client_id);
        body.add("client_secret", of.client_secret.reveal());
        break;
    case proof::secret_basic: {
        const std::string both = form_encoded(of.client_id) + ":" + form_encoded(of.client_secret.reveal());
        out.headers.push_back({"Authorization", "Basic " + crypto::to_base64(both)});
        break;
    }
    case proof::assertion:
        body.add("client_id", of.client_id);
        body.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        body.add("client_assertion", sign_client_assertion(of, now_s, id));
        break;
    }
    out.body = body.take();
    return out;
}

}  // namespace reclaim::credentials
