#pragma once
// Grants as the vendors document them, with the key that RFC 7515 publishes.
#include "tests/support/rfc7515_key.hpp"
#include "worker/credentials/grant.hpp"

namespace reclaim::testing {

inline credentials::grant_settings by_secret(credentials::grant_settings::proof how)
{
    credentials::grant_settings out;
    out.proven_by = how;
    out.to = *http::origin::parse("https://login.test");
    out.target = "/tenant/oauth2/v2.0/token";
    out.client_id = "client 1";
    out.client_secret = secret("a+b/c&d~e");
    out.scope = "https://graph.test/.default";
    return out;
}

inline credentials::grant_settings by_key(std::string key_id = "kid-1")
{
    auto out = by_secret(credentials::grant_settings::proof::assertion);
    out.client_id = "0oaclient";
    out.client_secret = {};
    out.assertion = credentials::assertion_settings{*crypto::signing_key::from_pem(secret(rfc7515_key)),
                                                    crypto::jwt_algorithm::rs256, std::move(key_id), std::nullopt,
                                                    "https://login.test/oauth2/v1/token"};
    return out;
}

}  // namespace reclaim::testing
