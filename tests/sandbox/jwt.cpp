#include "jwt.hpp"

#include <algorithm>
#include <memory>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "digest.hpp"

namespace sandbox {
namespace {

std::optional<std::string> base64url_decode(std::string_view text)
{
    if (text.find_first_of("+/=") != text.npos)
        return {};
    std::string other{text};
    std::replace(other.begin(), other.end(), '-', '+');
    std::replace(other.begin(), other.end(), '_', '/');
    return base64_decode(other);
}

}  // namespace

std::optional<jwt> read_jwt(std::string_view text)
{
    const auto first = text.find('.');
    const auto second = text.find('.', first + 1);
    if (first == text.npos || second == text.npos || text.find('.', second + 1) != text.npos)
        return {};
    const auto header = base64url_decode(text.substr(0, first));
    const auto claims = base64url_decode(text.substr(first + 1, second - first - 1));
    auto signature = base64url_decode(text.substr(second + 1));
    jwt out;
    if (!header || !claims || !signature || !json::parse(out.header, *header) || !json::parse(out.claims, *claims) ||
        !out.header.IsObject() || !out.claims.IsObject())
        return {};
    out.signed_part = text.substr(0, second);
    out.signature = std::move(*signature);
    return out;
}

bool is_signed_by(const jwt& token, std::string_view algorithm, const std::string& public_key_pem)
{
    const std::unique_ptr<BIO, decltype(&BIO_free)> text{
        BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())), &BIO_free};
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
        PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
    EVP_PKEY_CTX* how = nullptr;
    bool good = key && EVP_DigestVerifyInit(context.get(), &how, EVP_sha256(), nullptr, key.get()) == 1;
    if (algorithm == "PS256")
        good = good && EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(how, 32) == 1;
    else
        good = good && algorithm == "RS256";
    const auto bytes = [](const std::string& s) { return reinterpret_cast<const unsigned char*>(s.data()); };
    good = good && EVP_DigestVerify(context.get(), bytes(token.signature), token.signature.size(),
                                    bytes(token.signed_part), token.signed_part.size()) == 1;
    ERR_clear_error();
    return good;
}

}  // namespace sandbox
