#include "common/crypto/digest.hpp"

#include "common/crypto/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace reclaim::crypto {

digest sha256(std::string_view bytes)
{
    return sha256({bytes});
}

digest sha256(std::initializer_list<std::string_view> parts)
{
    // Both kept: EVP_sha256() would look the implementation up on every call, and making a context costs as much as
    // hashing a short text.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                       &EVP_MD_CTX_free);
    digest out;
    unsigned length = 0;
    bool done = algorithm && context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1;
    for (const auto part : parts)
        done = done && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    require(done && EVP_DigestFinal_ex(context.get(), out.data(), &length) == 1, "SHA-256");
    return out;
}

struct sha256_stream::impl {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

sha256_stream::sha256_stream() : impl_(std::make_unique<impl>())
{
    require(impl_->context && EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1, "SHA-256");
}
sha256_stream::~sha256_stream() = default;
sha256_stream::sha256_stream(sha256_stream&&) noexcept = default;
sha256_stream& sha256_stream::operator=(sha256_stream&&) noexcept = default;

void sha256_stream::add(std::string_view bytes)
{
    require(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1, "SHA-256");
}

digest sha256_stream::finish()
{
    digest out;
    unsigned length = 0;
    require(EVP_DigestFinal_ex(impl_->context.get(), out.data(), &length) == 1, "SHA-256");
    return out;
}

std::string_view as_bytes(const digest& d)
{
    return {reinterpret_cast<const char*>(d.data()), d.size()};
}

bool equal_in_constant_time(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace reclaim::crypto
