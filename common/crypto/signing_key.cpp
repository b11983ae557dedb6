#include "common/crypto/signing_key.hpp"

#include "common/crypto/encoding.hpp"
#include "common/crypto/openssl.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace reclaim::crypto {
namespace {

using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using context_ptr = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr int key_bits_min = 2048;  // what RFC 7518 asks for

bio_ptr reader(std::string_view text)
{
    bio_ptr out(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
    require(out != nullptr, "memory for a PEM text");
    return out;
}

// Without it OpenSSL asks on the terminal.
int no_passphrase(char*, int, int, void*)
{
    return 0;
}

// A refusal is an answer, not an error: what OpenSSL queues for it must not be found by the next TLS call.
class errors_of_a_refusal {
public:
    errors_of_a_refusal() { ERR_set_mark(); }
    ~errors_of_a_refusal() { ERR_pop_to_mark(); }
};

std::string thumbprint(const X509* of, const EVP_MD* by)
{
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned length = 0;
    require(X509_digest(of, by, reinterpret_cast<unsigned char*>(out.data()), &length) == 1, "certificate digest");
    out.resize(length);
    return out;
}

}  // namespace

struct signing_key::impl {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key;
};

result<signing_key> signing_key::from_pem(const secret& pem)
{
    const errors_of_a_refusal dropped;
    const auto text = reader(pem.reveal());
    auto made = std::make_shared<const impl>(
        impl{{PEM_read_bio_PrivateKey(text.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free}});
    if (!made->key)
        return std::string("is no private key in PEM without a passphrase; it must begin with -----BEGIN PRIVATE "
                           "KEY----- (openssl pkey -in FILE prints it so)");
    if (EVP_PKEY_get_base_id(made->key.get()) != EVP_PKEY_RSA)
        return std::string("is not an RSA key; make one with openssl genpkey -algorithm RSA -pkeyopt "
                           "rsa_keygen_bits:3072");
    if (EVP_PKEY_get_bits(made->key.get()) < key_bits_min)
        return std::string("is an RSA key of fewer than 2048 bits; make a longer one");
    return signing_key(std::move(made));
}

std::string signing_key::sign(jwt_algorithm by, std::string_view message) const
{
    EVP_PKEY* const key = impl_->key.get();
    const context_ptr context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* how = nullptr;  // the context's own
    require(context && EVP_DigestSignInit(context.get(), &how, EVP_sha256(), nullptr, key) == 1, "RSA signature");
    if (by == jwt_algorithm::ps256)
        require(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
                    EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1,
                "RSA-PSS padding");
    std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
    std::size_t length = out.size();
    require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, bytes_of(message),
                           message.size()) == 1,
            "RSA signature");
    out.resize(length);
    return out;
}

std::string signing_key::sign_jwt(jwt_algorithm by, std::string_view header_json, std::string_view claims_json) const
{
    std::string out = to_base64url(header_json) + "." + to_base64url(claims_json);
    return out + "." + to_base64url(sign(by, out));
}

result<certificate> certificate::from_pem(std::string_view pem, const signing_key& of)
{
    const errors_of_a_refusal dropped;
    const auto text = reader(pem);
    const certificate_ptr read(PEM_read_bio_X509(text.get(), nullptr, &no_passphrase, nullptr), &X509_free);
    if (!read)
        return std::string("is no certificate in PEM; it must begin with -----BEGIN CERTIFICATE-----");
    if (X509_check_private_key(read.get(), of.impl_->key.get()) != 1)
        return std::string("is not the certificate of the private key; name the one that was made with it");
    return certificate{thumbprint(read.get(), EVP_sha1()), thumbprint(read.get(), EVP_sha256())};
}

}  // namespace reclaim::crypto
