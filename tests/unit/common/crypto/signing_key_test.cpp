#include "common/crypto/signing_key.hpp"

#include "common/crypto/encoding.hpp"
#include "common/crypto/openssl.hpp"
#include "tests/support/rfc7515_key.hpp"

#include <catch2/catch.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

using namespace reclaim;
using namespace reclaim::crypto;

namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;

signing_key published()
{
    return *signing_key::from_pem(secret(testing::rfc7515_key));
}

// By OpenSSL's own verifier, told of the padding apart from the code under test.
bool verifies(std::string_view pem, int padding, std::string_view message, std::string_view signature)
{
    const bio_ptr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const key_ptr key(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* how = nullptr;
    REQUIRE(EVP_DigestVerifyInit(context.get(), &how, EVP_sha256(), nullptr, key.get()) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_padding(how, padding) == 1);
    if (padding == RSA_PKCS1_PSS_PADDING)
        REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, 32) == 1);
    const bool good =
        EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message), message.size()) == 1;
    ERR_clear_error();
    return good;
}

std::string made_pem(int bits_or_zero_for_ec)
{
    const key_ptr key(bits_or_zero_for_ec ? EVP_RSA_gen(static_cast<unsigned>(bits_or_zero_for_ec))
                                          : EVP_EC_gen("P-256"),
                      &EVP_PKEY_free);
    const bio_ptr out(BIO_new(BIO_s_mem()), &BIO_free);
    REQUIRE(PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    char* bytes = nullptr;
    const auto count = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(count)};
}

// Made with: openssl req -x509 -key KEY -subj /CN=reclaim -days 36500 -sha256
const std::string certificate_of_published = R"(-----BEGIN CERTIFICATE-----
MIIDBzCCAe+gAwIBAgIUHUk+jx61G/wRzNhDekjZTc+907wwDQYJKoZIhvcNAQEL
BQAwEjEQMA4GA1UEAwwHcmVjbGFpbTAgFw0yNjExMjkwMjUyMDhaGA8yMTI2MTEw
NTAyNTIwOFowEjEQMA4GA1UEAwwHcmVjbGFpbTCCASIwDQYJKoZIhvcNAQEBBQAD
ggEPADCCAQoCggEBAKH4Fgri48m0Zc6NLWViYzYrkn2+KeHwJHf8FiXMkKE244vZ
NJfFtupj3XcR5nx0KflWsPuKjwia3EtpiTzBMz9T7dAZuHeEJS/skU/khXdpWUvq
QoDTLA9Vv2KUTxMDlrxum99uvdK9o2eO7KDGaPcBs42/+zjINCzi/m0n+t5KWkh0
l53Uuc+a3sTHWwWFLCwPXvilwXUDkvlE6O1kwRDGtkdgmqR4OuucbJrXVTEwUGOL
g2Zcb296gqOWcCofZBuC0+vyOSIZSR+2hocsVxb1Cvg1jZqLnRfDQHKPf4fYmhjY
/KtnrYRZDC7PdZM5NjwHA01vYG+eIeBUVsrl6aECAwEAAaNTMFEwHQYDVR0OBBYE
FDMYiI+nv4OQzd7TXVSJ6VFjGdrZMB8GA1UdIwQYMBaAFDMYiI+nv4OQzd7TXVSJ
6VFjGdrZMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAHGp9Xav
9JI3BsY3rN2dHkFOrXqBV1VphOLNDKuAf7xnxZzR0eqxAenjWAEV4HSnBzLdVEKN
tvgsl5w1Yk76YSb/MGJfAjTXTrqkzknr8w4edl3pzYcJ08M4Rs6yPiG0aeE2ws0j
9p+DeTzMma4Mrrg7xhAwQC7Vwx8e8u5vf5KClD7qdB/h+UCYJy8zyfl5I7u+GWVg
aaX3v23llyhqcQOWYZuJ78nQGfIwaX6CEzpKa7LVPlN0qbGMK9p/bWDt6z+u9Hyt
Itfkweg5j3rycn4hgSZC6qtoS4Aqb2mgsLEye7MeokMhwtqIfMD9CBAJw9an00J8
xGx1qZyxwRqtURU=
-----END CERTIFICATE-----
)";

}  // namespace

TEST_CASE("a token signed by RS256 is the one that RFC 7515 publishes in A.2")
{
    CHECK(published().sign_jwt(jwt_algorithm::rs256, R"({"alg":"RS256"})",
                               "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}") ==
          "eyJhbGciOiJSUzI1NiJ9"
          ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
          ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9"
          "CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6"
          "_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0"
          "igcN_IoypGlUPQGe77Rw");
}

TEST_CASE("a signature by PS256 verifies with a salt of the digest's length, and by no other padding")
{
    const auto signature = published().sign(jwt_algorithm::ps256, "message");
    CHECK(verifies(testing::rfc7515_key, RSA_PKCS1_PSS_PADDING, "message", signature));
    CHECK_FALSE(verifies(testing::rfc7515_key, RSA_PKCS1_PSS_PADDING, "massage", signature));
    CHECK_FALSE(verifies(testing::rfc7515_key, RSA_PKCS1_PADDING, "message", signature));
    CHECK(published().sign(jwt_algorithm::ps256, "message") != signature);  // the salt is random
}

TEST_CASE("what cannot sign is refused with the reason, and no byte of it is told")
{
    const std::string elliptic = made_pem(0), tiny = made_pem(1024);
    const std::pair<std::string, std::string> wrong[] = {
        {"", "no private key in PEM"},
        {"hunter2", "no private key in PEM"},
        {certificate_of_published, "no private key in PEM"},
        {"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n", "no private key in PEM"},
        {elliptic, "not an RSA key"},
        {tiny, "fewer than 2048 bits"},
    };
    for (const auto& [text, why] : wrong) {
        const auto read = signing_key::from_pem(secret(text));
        REQUIRE(read.has_error());
        CHECK_THAT(read.error(), Catch::Contains(why));
        CHECK_THAT(read.error(), !Catch::Contains("hunter2"));
        CHECK(ERR_peek_error() == 0);
    }
}

TEST_CASE("a certificate is known by the digests of its DER, and only with its own key")
{
    const auto read = certificate::from_pem(certificate_of_published, published());
    REQUIRE(read.has_value());
    // As openssl x509 -fingerprint prints them.
    CHECK(to_hex(read->sha1) == "d422852a7d31071f2b51959ed8c4ca1e238e741f");
    CHECK(to_hex(read->sha256) == "c09ea0483895ba52f6bb506b3fe16f5b1e31c784d735fe64da6fd7b8b701b581");
    const auto other = *signing_key::from_pem(secret(made_pem(2048)));
    CHECK_THAT(certificate::from_pem(certificate_of_published, other).error(),
               Catch::Contains("not the certificate of the private key"));
    CHECK_THAT(certificate::from_pem("hunter2", published()).error(), Catch::Contains("no certificate in PEM"));
    CHECK(ERR_peek_error() == 0);
}
