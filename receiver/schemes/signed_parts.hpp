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
    struct key {
        std::string id;
        crypto::hmac_sha256 mac;
    };

    // The key is the text itself, as most senders show it. The error tells the fix, never the text.
    static result<hmac_keys> from_text(std::span<const secret> secrets);
    void add(std::string_view key_bytes);

    // The key by which one of the given texts is the MAC of the parts; null when there is none. Compared as text, in
    // constant time: of all spellings only the one that as_text writes is equal.
    const key* find_signer(std::initializer_list<std::string_view> parts, std::span<const std::string_view> given,
                           std::string (*as_text)(std::string_view)) const;

private:
    std::vector<key> keys_;
};

// A scheme whose secrets are such texts; `more` is what else its constructor takes.
template <class Scheme, class... More>
made_scheme make_with_text_keys(const scheme_options& options, More... more)
{
    auto keys = hmac_keys::from_text(options.secrets);
    if (!keys)
        return {boost::system::in_place_error, keys.error()};
    return std::unique_ptr<const scheme>(std::make_unique<Scheme>(std::move(*keys), more...));
}

// The first eight hex digits of the key's SHA-256: enough to tell keys apart in the audit, useless for signing.
std::string key_id(std::string_view key_bytes);

// What a sender has proven that signs no id: its delivery is then known by the body. A repeat with other bytes is
// another delivery; that it approves nothing new is found by its approval id. The id is made with the key, since it
// stands in the log: a plain digest would let whoever reads the log try names until one fits.
proof prove_by_body(const hmac_keys::key& signer, std::string_view body);

// Its value when it is there exactly once. A second one is an ambiguity, not a wrong signature, and is named.
result<std::string_view, refusal> only_header(const http::headers& in, std::string_view name);

// 1 to 12 digits and nothing else.
std::optional<std::chrono::system_clock::time_point> parse_unix_seconds(std::string_view text);

// Senders sign whole seconds, so both ends of the tolerance count in whole seconds too.
bool is_near(std::chrono::system_clock::time_point sent, std::chrono::system_clock::time_point now,
             std::chrono::seconds tolerance);

}  // namespace reclaim::receiver::schemes
