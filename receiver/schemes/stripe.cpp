// Stripe's webhooks: one header "t=1700000000,v1=HEX,v1=HEX", HMAC-SHA256 over "t.body" in hex. The key is the secret's
// text as it is, "whsec_" included: Standard Webhooks would decode what follows it.
#include "common/crypto/encoding.hpp"
#include "receiver/schemes/signed_parts.hpp"

#include <algorithm>

namespace reclaim::receiver::schemes {

namespace {

struct signed_header {
    std::optional<std::string_view> timestamp;
    std::vector<std::string_view> signatures;
};

// Entries of other versions are passed over; two times would be an ambiguity.
std::optional<signed_header> read_entries(std::string_view header)
{
    signed_header out;
    std::size_t entries = 0;
    while (!header.empty()) {
        const std::string_view entry = header.substr(0, header.find(','));
        header.remove_prefix(std::min(entry.size() + 1, header.size()));
        if (++entries > signatures_max + 1)
            return std::nullopt;
        if (entry.starts_with("t=") && std::exchange(out.timestamp, entry.substr(2)))
            return std::nullopt;
        if (entry.starts_with("v1="))
            out.signatures.push_back(entry.substr(3));
    }
    return out;
}

class stripe : public scheme {
public:
    stripe(hmac_keys keys, std::chrono::seconds tolerance) : keys_(std::move(keys)), tolerance_(tolerance) {}

    result<proof, refusal> verify(const http::request& request,
                                  std::chrono::system_clock::time_point now) const override
    {
        const auto header = only_header(request.headers, "stripe-signature");
        if (!header)
            return header.error();
        const auto read = read_entries(*header);
        const auto sent = read && read->timestamp ? parse_unix_seconds(*read->timestamp) : std::nullopt;
        if (!sent || !is_near(*sent, now, tolerance_))
            return refusal::unproven;
        const auto* const signer =
            keys_.find_signer({*read->timestamp, ".", request.body}, read->signatures, &crypto::to_hex);
        if (!signer)
            return refusal::unproven;
        return prove_by_body(*signer, request.body);
    }

private:
    hmac_keys keys_;
    std::chrono::seconds tolerance_;
};

}  // namespace

made_scheme make_stripe(const scheme_options& options)
{
    return make_with_text_keys<stripe>(options, options.tolerance.value_or(std::chrono::seconds(300)));
}

}  // namespace reclaim::receiver::schemes
