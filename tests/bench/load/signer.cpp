#include "signer.hpp"

#include <array>
#include <stdexcept>
#include <vector>

#include <openssl/core_names.h>

namespace load {

namespace {

constexpr std::string_view secret_prefix = "whsec_";

std::vector<unsigned char> from_base64(std::string_view text)
{
    std::vector<unsigned char> out(text.size() / 4 * 3 + 3);
    const int length =
        EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (length < 0)
        throw std::invalid_argument("the secret file holds no Standard Webhooks secret");
    std::size_t padding = 0;
    while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=')
        ++padding;
    out.resize(static_cast<std::size_t>(length) - padding);
    return out;
}

void add(EVP_MAC_CTX* to, std::string_view bytes)
{
    EVP_MAC_update(to, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace

std::string sha256_hex(std::string_view bytes)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned length = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (unsigned i = 0; i < length; ++i) {
        out += digits[digest[i] >> 4];
        out += digits[digest[i] & 15];
    }
    return out;
}

signer::signer(std::string_view secret) : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr))
{
    if (secret.starts_with(secret_prefix))
        secret.remove_prefix(secret_prefix.size());
    const auto key = from_base64(secret);
    std::array<char, 7> digest{"SHA256"};
    const std::array<OSSL_PARAM, 2> settings{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                             OSSL_PARAM_construct_end()};
    if (mac_)
        keyed_.reset(EVP_MAC_CTX_new(mac_.get()));
    if (!keyed_ || EVP_MAC_init(keyed_.get(), key.data(), key.size(), settings.data()) != 1)
        throw std::runtime_error("OpenSSL has no HMAC-SHA256");
}

std::string signer::sign(std::string_view id, std::string_view timestamp, std::string_view body) const
{
    const std::unique_ptr<EVP_MAC_CTX, freed> one(EVP_MAC_CTX_dup(keyed_.get()));
    for (const auto part : {id, std::string_view("."), timestamp, std::string_view("."), body})
        add(one.get(), part);
    std::array<unsigned char, 32> mac;
    std::size_t length = 0;
    EVP_MAC_final(one.get(), mac.data(), &length, mac.size());
    std::array<unsigned char, 45> text;  // 44 and the zero EVP_EncodeBlock appends
    const int written = EVP_EncodeBlock(text.data(), mac.data(), static_cast<int>(mac.size()));
    return "v1," + std::string(reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(written));
}

}  // namespace load
