#include "common/crypto/digest.hpp"

#include "common/crypto/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace reclaim::crypto {

digest sha256(std::string_view bytes)
{
    // Fetched once: EVP_sha256() would look the implementation up on every call.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    digest out;
    unsigned length = 0;
    require(algorithm && EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, algorithm, nullptr), "SHA-256");
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
