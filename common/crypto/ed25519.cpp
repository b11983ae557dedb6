#include "common/crypto/digest.hpp"
#include "common/crypto/openssl.hpp"

#include <openssl/evp.h>

namespace reclaim::crypto {

bool ed25519_verify(std::string_view public_key_32, std::string_view message, std::string_view signature_64)
{
    if (public_key_32.size() != 32 || signature_64.size() != 64)
        return false;
    // A refusal is an answer, not an error: what OpenSSL queues for it must not be found by the next TLS call.
    ERR_set_mark();
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key_32), public_key_32.size()),
        &EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const bool good = key && context &&
                      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                      EVP_DigestVerify(context.get(), bytes_of(signature_64), signature_64.size(), bytes_of(message),
                                       message.size()) == 1;
    ERR_pop_to_mark();
    return good;
}

}  // namespace reclaim::crypto
