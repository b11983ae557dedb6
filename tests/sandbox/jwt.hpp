#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json.hpp"

// A signed token (RFC 7515) as an issuer reads it, by OpenSSL alone.
namespace sandbox {

struct jwt {
    json::document header;
    json::document claims;
    std::string signed_part;
    std::string signature;
};

// Nothing unless it has three parts in base64url without padding, the first two of them JSON objects.
std::optional<jwt> read_jwt(std::string_view text);

// RS256 or PS256 with that key; false for any other algorithm.
bool is_signed_by(const jwt& token, std::string_view algorithm, const std::string& public_key_pem);

}  // namespace sandbox
