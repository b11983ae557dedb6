#pragma once
// Signs outgoing webhooks as Standard Webhooks: over id "." timestamp "." body, one signature for each secret in
// rotation. "whsec_" secrets make v1, HMAC-SHA256, by which the receiver could sign too; "whsk_" ones make v1a,
// Ed25519, of which the receiver holds only the public half. Keys are decoded once, when the configuration is read.
#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/crypto/digest.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace reclaim::delivery {

class signing_keys {
public:
    // Secrets as "whsec_" or "whsk_" and base64, newest first. The error says what is wrong with which of them, never
    // its text.
    static result<signing_keys> decode(std::span<const secret> newest_first);

    // The value of webhook-signature, in the order of the keys.
    std::string sign(std::string_view message_id, std::chrono::sys_seconds at, std::string_view body) const;

private:
    using ed25519_seed = secret;
    std::vector<std::variant<crypto::hmac_sha256, ed25519_seed>> keys_;
};

}  // namespace reclaim::delivery
