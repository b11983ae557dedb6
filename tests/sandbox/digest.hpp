#pragma once

#include <optional>
#include <string>
#include <string_view>

// Hashes and text encodings, straight from OpenSSL: a judge that used the library under test would agree with its
// errors.
namespace sandbox {

std::string sha256_hex(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);  // 32 raw bytes
std::optional<std::string> base64_decode(std::string_view text);        // standard alphabet, padding optional
bool is_uuid(std::string_view text);
bool is_uuid_v4(std::string_view text);

// splitmix64: one word of state, the same sequence everywhere.
class dice {
public:
    explicit dice(unsigned long long seed) : state_{seed} {}
    unsigned long long next();
    double fraction();  // [0, 1)
    std::string uuid_v4();

private:
    unsigned long long state_;
};

}  // namespace sandbox
