#include "worker/delivery/signature.hpp"

#include "common/crypto/encoding.hpp"

namespace reclaim::delivery {

result<signing_keys> signing_keys::decode(std::span<const secret> newest_first)
{
    constexpr std::string_view prefix = "whsec_";
    constexpr std::size_t key_bytes_min = 24;
    signing_keys made;
    for (const secret& one : newest_first) {
        const std::string which = "secret " + std::to_string(made.keys_.size() + 1) + " ";
        std::string_view text = one.reveal();
        if (!text.starts_with(prefix))
            return which + "does not start with whsec_";
        text.remove_prefix(prefix.size());
        auto key = crypto::from_base64(text, crypto::padding::optional);
        if (!key)
            return which + "is not standard base64 after whsec_";
        if (key->size() < key_bytes_min)
            return which + "is shorter than 24 bytes";
        made.keys_.emplace_back(secret(std::move(*key)));
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
        const auto mac = key.sign({message_id, ".", timestamp, ".", body});
        header += (header.empty() ? "v1," : " v1,") + crypto::to_base64(crypto::as_bytes(mac));
    }
    return header;
}

}  // namespace reclaim::delivery
