#pragma once
// Standard Webhooks, symmetric: HMAC-SHA256 over "id.timestamp.body". The key is prepared once; a signature is a copy
// of that context and one pass over the bytes.
#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace load {

std::string sha256_hex(std::string_view bytes);

class signer {
public:
    // "whsec_" and base64, as the receiver's secret file holds it.
    explicit signer(std::string_view secret);

    // The value of the webhook-signature header.
    std::string sign(std::string_view id, std::string_view timestamp, std::string_view body) const;

private:
    struct freed {
        void operator()(EVP_MAC* it) const { EVP_MAC_free(it); }
        void operator()(EVP_MAC_CTX* it) const { EVP_MAC_CTX_free(it); }
    };
    std::unique_ptr<EVP_MAC, freed> mac_;
    std::unique_ptr<EVP_MAC_CTX, freed> keyed_;
};

}  // namespace load
