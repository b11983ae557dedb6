#pragma once
// Asking an OAuth 2 token endpoint for an access token: who asks, for what, and how that is proved. Pure: the same
// settings, time and id give the same request (but for the salt of a PS256 signature).
#include "common/base/secret.hpp"
#include "common/crypto/signing_key.hpp"
#include "common/http/client.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::credentials {

struct assertion_settings {
    crypto::signing_key key;
    crypto::jwt_algorithm algorithm = crypto::jwt_algorithm::rs256;
    std::string key_id;                              // "kid", by which Okta and Google find the public key; "": none
    std::optional<crypto::certificate> certificate;  // Entra finds it by the certificate's digest instead
    std::string audience;                            // nearly everywhere the token endpoint's URL
};

struct grant_settings {
    enum class way {
        client_credentials,  // RFC 6749 4.4
        jwt_bearer,          // RFC 7523 2.1: the assertion is the grant (Google's service accounts)
        account_credentials  // Zoom's own: an account's id beside the client's
    } by = way::client_credentials;
    enum class proof {
        secret_post,   // client_secret in the body
        secret_basic,  // in the Authorization header, RFC 6749 2.3.1
        assertion      // private_key_jwt, RFC 7523 2.2
    } proven_by = proof::secret_post;

    http::origin to;
    std::string target;  // path of the token endpoint
    std::string client_id;
    secret client_secret;
    std::optional<assertion_settings> assertion;  // jwt_bearer, and where proven_by says so
    std::string scope;
    std::string subject;                        // jwt_bearer: whom to act as
    std::map<std::string, std::string> fields;  // what an issuer wants beside: sent as they are
    std::chrono::seconds lifetime{600};         // of a token whose answer does not tell: Salesforce's
};

// `id` must never be used twice: it is the assertion's "jti".
http::request write_token_request(const grant_settings& of, std::chrono::sys_seconds now, const std::string& id);

}  // namespace reclaim::credentials
