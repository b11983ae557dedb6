#include "common/crypto/digest.hpp"
#include "common/crypto/openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>

namespace reclaim::crypto {

namespace {

struct free_context {
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using context = std::unique_ptr<EVP_MAC_CTX, free_context>;

context keyed_context(std::string_view key)
{
    static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    context made(algorithm ? EVP_MAC_CTX_new(algorithm) : nullptr);
    char name[] = "SHA256";
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                     OSSL_PARAM_construct_end()};
    require(made && EVP_MAC_init(made.get(), bytes_of(key), key.size(), parameters) == 1, "HMAC key");
    return made;
}

}  // namespace

struct hmac_sha256::impl {
    context keyed;
};

hmac_sha256::hmac_sha256(const secret& key) : impl_(std::make_unique<impl>(impl{keyed_context(key.reveal())})) {}
hmac_sha256::~hmac_sha256() = default;
hmac_sha256::hmac_sha256(hmac_sha256&&) noexcept = default;
hmac_sha256& hmac_sha256::operator=(hmac_sha256&&) noexcept = default;

digest hmac_sha256::sign(std::initializer_list<std::string_view> parts) const
{
    const context running(EVP_MAC_CTX_dup(impl_->keyed.get()));
    require(running != nullptr, "HMAC copy");
    for (std::string_view part : parts)
        require(EVP_MAC_update(running.get(), bytes_of(part), part.size()) == 1, "HMAC update");
    digest out;
    std::size_t length = 0;
    require(EVP_MAC_final(running.get(), out.data(), &length, out.size()) == 1, "HMAC end");
    return out;
}

}  // namespace reclaim::crypto
