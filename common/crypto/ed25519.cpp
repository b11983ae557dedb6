#include "common/crypto/digest.hpp"
#include "common/crypto/openssl.hpp"

#include <openssl/evp.h>

namespace reclaim::crypto {
namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using context_ptr = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

key_ptr private_key(const secret& seed)
{
    const auto raw = seed.reveal();
    key_ptr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(raw), raw.size()), &EVP_PKEY_free);
    require(key != nullptr, "Ed25519 private key");
    return key;
}

}  // namespace

std::string ed25519_public_key(const secret& seed_32)
{
    const auto key = private_key(seed_32);
    std::string out(32, '\0');
    std::size_t length = out.size();
    require(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(out.data()), &length) == 1,
            "Ed25519 public key");
    return out;
}

std::string ed25519_sign(const secret& seed_32, std::string_view message)
{
    const auto key = private_key(seed_32);
    const context_ptr context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::string out(64, '\0');
    std::size_t length = out.size();
    require(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, bytes_of(message),
                               message.size()) == 1,
            "Ed25519 signature");
    return out;
}

bool ed25519_verify(std::string_view public_key_32, std::string_view message, std::string_view signature_64)
{
    if (public_key_32.size() != 32 || signature_64.size() != 64)
        return false;
    // A refusal is an answer, not an error: what OpenSSL queues for it must not be found by the next TLS call.
    ERR_set_mark();
    const key_ptr key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key_32), public_key_32.size()),
        &EVP_PKEY_free);
    const context_ptr context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    const bool good = key && context &&
                      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                      EVP_DigestVerify(context.get(), bytes_of(signature_64), signature_64.size(), bytes_of(message),
                                       message.size()) == 1;
    ERR_pop_to_mark();
    return good;
}

}  // namespace reclaim::crypto
