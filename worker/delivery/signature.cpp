#include "worker/delivery/signature.hpp"

#include "common/base/overloaded.hpp"
#include "common/crypto/encoding.hpp"

namespace reclaim::delivery {

namespace {

constexpr std::string_view symmetric = "whsec_";
constexpr std::string_view asymmetric = "whsk_";
constexpr std::size_t hmac_key_bytes_min = 24;
constexpr std::size_t seed_bytes = 32;

// The seed alone, or with the public key behind it, as some libraries keep it. Two that do not belong together would
// sign what nobody can verify.
bool is_private_key(std::string_view key)
{
    return key.size() == seed_bytes ||
           (key.size() == 2 * seed_bytes &&
            crypto::ed25519_public_key(secret(std::string(key.substr(0, seed_bytes)))) == key.substr(seed_bytes));
}

}  // namespace

result<signing_keys> signing_keys::decode(std::span<const secret> newest_first)
{
    signing_keys made;
    for (const secret& one : newest_first) {
        const std::string which = "secret " + std::to_string(made.keys_.size() + 1) + " ";
        const std::string_view text = one.reveal();
        const bool is_symmetric = text.starts_with(symmetric);
        if (!is_symmetric && !text.starts_with(asymmetric))
            return which + (text.starts_with("whpk_") ? "is a public key; it is for the receiver, name the whsk_ one"
                                                      : "starts neither with whsec_ nor with whsk_");
        const std::string_view prefix = is_symmetric ? symmetric : asymmetric;
        auto key = crypto::from_base64(text.substr(prefix.size()), crypto::padding::optional);
        if (!key)
            return which + "is not standard base64 after " + std::string(prefix);
        if (is_symmetric && key->size() < hmac_key_bytes_min)
            return which + "is shorter than 24 bytes";
        if (!is_symmetric && !is_private_key(*key))
            return which + "is no Ed25519 private key: 32 bytes, or 64 with the public key that belongs to it";
        if (is_symmetric)
            made.keys_.emplace_back(crypto::hmac_sha256(secret(std::move(*key))));
        else
            made.keys_.emplace_back(ed25519_seed(key->substr(0, seed_bytes)));
    }
    if (made.keys_.empty())
        return std::string("there is no secret to sign with");
    return made;
}

std::string signing_keys::sign(std::string_view message_id, std::chrono::sys_seconds at, std::string_view body) const
{
    const std::string timestamp = std::to_string(at.time_since_epoch().count());
    std::string header;
    for (const auto& key : keys_) {
        header += header.empty() ? "" : " ";
        header += std::visit(overloaded{
                                 [&](const crypto::hmac_sha256& mac) {
                                     const auto made = mac.sign({message_id, ".", timestamp, ".", body});
                                     return "v1," + crypto::to_base64(crypto::as_bytes(made));
                                 },
                                 [&](const ed25519_seed& seed) {
                                     const auto content =
                                         std::string(message_id) + "." + timestamp + "." + std::string(body);
                                     return "v1a," + crypto::to_base64(crypto::ed25519_sign(seed, content));
                                 },
                             },
                             key);
    }
    return header;
}

}  // namespace reclaim::delivery
