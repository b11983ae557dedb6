#pragma once
// What the schemes share: keys in rotation, headers that must be there once, and times that must be near.
#include "common/crypto/digest.hpp"
#include "receiver/schemes/scheme.hpp"

#include <initializer_list>
#include <span>

namespace reclaim::receiver::schemes {

inline constexpr std::size_t signatures_max = 5;  // each costs a comparison that a stranger can ask for

// The secrets of one source, each ready to sign.
class hmac_keys {
public:
    // The key is the text itself, as most senders show it. The error tells the fix, never the text.
    static result<hmac_keys> from_text(std::span<const secret> secrets);
    void add(std::string_view key_bytes);

    // The id of the key by which one of the given texts is the MAC of the parts. Compared as text, in constant time:
    // of all spellings only the one that as_text writes is equal.
    std::optional<std::string> find_signer(std::initializer_list<std::string_view> parts,
                                           std::span<const std::string_view> given,
                                           std::string (*as_text)(std::string_view)) const;

private:
    struct key {
        std::string id;
        crypto::hmac_sha256 mac;
    };
    std::vector<key> keys_;
};

// The first eight hex digits of the key's SHA-256: enough to tell keys apart in the audit, useless for signing.
std::string key_id(std::string_view key_bytes);

// Identifies a delivery by all that its signature covers, where the sender signs no id. A repeat with other bytes is
// another delivery; that it approves nothing new is then found by its approval id.
std::string body_id(std::string_view body);

// Its value when it is there exactly once. A second one is an ambiguity, not a wrong signature, and is named.
result<std::string_view, refusal> only_header(const http::headers& in, std::string_view name);

// 1 to 12 digits and nothing else.
std::optional<std::chrono::system_clock::time_point> parse_unix_seconds(std::string_view text);

// Senders sign whole seconds, so both ends of the tolerance count in whole seconds too.
bool is_near(std::chrono::system_clock::time_point sent, std::chrono::system_clock::time_point now,
             std::chrono::seconds tolerance);

}  // namespace reclaim::receiver::schemes
