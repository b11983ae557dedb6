#pragma once
// SHA-256, HMAC-SHA256, Ed25519 and constant-time comparison over OpenSSL 3. All throw std::runtime_error
// only when OpenSSL itself fails (out of memory, no provider).
#include "common/base/secret.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace reclaim::crypto {

using digest = std::array<unsigned char, 32>;

digest sha256(std::string_view bytes);
digest sha256(std::initializer_list<std::string_view> parts);  // as if concatenated
std::string_view as_bytes(const digest& d);

// Of what is too long to hold.
class sha256_stream {
public:
    sha256_stream();
    ~sha256_stream();
    sha256_stream(sha256_stream&&) noexcept;
    sha256_stream& operator=(sha256_stream&&) noexcept;

    void add(std::string_view bytes);
    digest finish();  // once

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

// One key, many messages: the keyed context is prepared once and copied per message (a fresh EVP_MAC costs more than
// the MAC).
class hmac_sha256 {
public:
    explicit hmac_sha256(const secret& key);
    ~hmac_sha256();
    hmac_sha256(hmac_sha256&&) noexcept;
    hmac_sha256& operator=(hmac_sha256&&) noexcept;

    digest sign(std::initializer_list<std::string_view> parts) const;  // MAC over the parts as if concatenated

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

// False also for a key or a signature of the wrong length; never throws for what a stranger sent.
bool ed25519_verify(std::string_view public_key_32, std::string_view message, std::string_view signature_64);
// By the 32 bytes of a private key (RFC 8032's seed); any other length throws.
std::string ed25519_public_key(const secret& seed_32);
std::string ed25519_sign(const secret& seed_32, std::string_view message);

bool equal_in_constant_time(std::string_view a, std::string_view b);

std::string random_bytes(std::size_t count);
std::string uuid_v4();  // lower case, RFC 4122 version and variant bits set

}  // namespace reclaim::crypto
