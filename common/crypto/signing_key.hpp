#pragma once
// An RSA key that signs JSON Web Tokens (RFC 7515), and the certificate that names it. By OpenSSL's EVP interface, in a
// few lines, rather than by a JWT library that would bring a second JSON library along. Owned by whoever asks for
// tokens; its bytes stay inside OpenSSL.
#include "common/base/error.hpp"
#include "common/base/secret.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace reclaim::crypto {

enum class jwt_algorithm {
    rs256,  // PKCS #1 v1.5 padding
    ps256,  // PSS, as long a salt as the digest
};

class signing_key {
public:
    // PEM, PKCS #8 or PKCS #1, without a passphrase, of 2048 bits or more. The error says what is wrong with it and the
    // fix, never a byte of it.
    static result<signing_key> from_pem(const secret& pem);

    // The signature's raw bytes. Throws std::runtime_error only when OpenSSL itself fails.
    std::string sign(jwt_algorithm by, std::string_view message) const;
    // Header "." claims "." signature, each in base64url; both given as JSON.
    std::string sign_jwt(jwt_algorithm by, std::string_view header_json, std::string_view claims_json) const;

private:
    struct impl;
    friend struct certificate;
    explicit signing_key(std::shared_ptr<const impl> with) : impl_(std::move(with)) {}
    std::shared_ptr<const impl> impl_;
};

// The digests by which an issuer finds the certificate that was registered with it, raw.
struct certificate {
    certificate() = default;
    // An aggregate could be made of one text, and so be mistaken for the words of an error.
    certificate(std::string by_sha1, std::string by_sha256) : sha1(std::move(by_sha1)), sha256(std::move(by_sha256)) {}

    std::string sha1;
    std::string sha256;

    // The first certificate of the PEM text, which must be that of the key. The error says what is wrong and the fix.
    static result<certificate> from_pem(std::string_view pem, const signing_key& of);
};

}  // namespace reclaim::crypto
