#pragma once
// Signs outgoing webhooks as Standard Webhooks v1: HMAC-SHA256 over id "." timestamp "." body, one signature for each
// secret in rotation. Keys are decoded and prepared once, when the configuration is read.
#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/crypto/digest.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::delivery {

class signing_keys {
public:
    // Secrets as "whsec_" and base64, newest first. The error says what is wrong with which of them, never its text.
    static result<signing_keys> decode(std::span<const secret> newest_first);

    // The value of webhook-signature, in the order of the keys.
    std::string sign(std::string_view message_id, std::chrono::sys_seconds at, std::string_view body) const;

private:
    std::vector<crypto::hmac_sha256> keys_;
};

}  // namespace reclaim::delivery
