#pragma once
// Requests signed as Standard Webhooks senders sign them.
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "common/http/message.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace reclaim::testing {

// The secrets of the contract's test vectors: 24 bytes, bytes 0x00 to 0x1f, and one whose base64 holds '/' and '+'.
inline constexpr std::string_view secret_a = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
inline constexpr std::string_view secret_b = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
inline constexpr std::string_view secret_c = "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno";

inline std::string sign(std::string_view whsec, std::string_view id, std::string_view timestamp, std::string_view body)
{
    whsec.remove_prefix(std::string_view("whsec_").size());
    const crypto::hmac_sha256 key(secret(*crypto::from_base64(whsec)));
    const auto mac = key.sign({id, ".", timestamp, ".", body});
    return "v1," + crypto::to_base64(crypto::as_bytes(mac));
}

inline std::string unix_seconds(std::chrono::system_clock::time_point at)
{
    return std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

inline http::request signed_request(std::string_view whsec, const std::string& source, const std::string& id,
                                    std::string body,
                                    std::chrono::system_clock::time_point at = std::chrono::system_clock::now())
{
    const std::string timestamp = unix_seconds(at);
    const std::string signature = sign(whsec, id, timestamp, body);
    return {"POST",
            "/v1/webhooks/" + source,
            {{"Content-Type", "application/json"},
             {"webhook-id", id},
             {"webhook-timestamp", timestamp},
             {"webhook-signature", signature}},
            std::move(body)};
}

}  // namespace reclaim::testing
