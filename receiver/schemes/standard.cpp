// Standard Webhooks, symmetric (v1): HMAC-SHA256 over "id.timestamp.body". Svix sends the same under its older header
// names.
#include "common/crypto/encoding.hpp"
#include "receiver/schemes/signed_parts.hpp"

#include <algorithm>
#include <array>

namespace reclaim::receiver::schemes {

namespace {

using std::chrono::system_clock;

constexpr std::size_t delivery_id_bytes_max = 64;
constexpr std::size_t key_bytes_min = 24;
constexpr std::size_t key_bytes_max = 64;
constexpr std::string_view secret_prefix = "whsec_";

// No '.', or "a.b" with "1" and "a" with "b.1" would be the same signed bytes.
bool is_delivery_id(std::string_view text)
{
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= delivery_id_bytes_max && std::all_of(text.begin(), text.end(), allowed);
}

struct signed_headers {
    std::string_view id, timestamp, signature;
};

result<signed_headers, refusal> read_headers(const http::headers& in, const std::array<std::string_view, 3>& names)
{
    std::array<std::string_view, 3> values;
    bool missing = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto found = only_header(in, names[i]);
        if (!found && found.error() == refusal::duplicate_header)
            return refusal::duplicate_header;
        missing |= !found;
        values[i] = found ? *found : std::string_view();
    }
    if (missing)
        return refusal::unproven;
    return signed_headers{values[0], values[1], values[2]};
}

// The base64 texts of the entries "v1,..."; nothing when there are more entries than anybody needs.
std::optional<std::vector<std::string_view>> v1_signatures(std::string_view header)
{
    std::vector<std::string_view> out;
    std::size_t entries = 0;
    while (!header.empty()) {
        const std::string_view entry = header.substr(0, header.find(' '));
        header.remove_prefix(std::min(entry.size() + 1, header.size()));
        if (entry.empty())
            continue;
        if (++entries > signatures_max)
            return std::nullopt;
        if (entry.starts_with("v1,"))
            out.push_back(entry.substr(3));
    }
    return out;
}

class standard : public scheme {
public:
    standard(hmac_keys keys, std::chrono::seconds tolerance) : keys_(std::move(keys)), tolerance_(tolerance) {}

    result<proof, refusal> verify(const http::request& request, system_clock::time_point now) const override
    {
        static constexpr std::array<std::string_view, 3> names{"webhook-id", "webhook-timestamp", "webhook-signature"};
        static constexpr std::array<std::string_view, 3> svix{"svix-id", "svix-timestamp", "svix-signature"};
        const bool aliased = !http::find(request.headers, names[0]) && http::find(request.headers, svix[0]);
        const auto headers = read_headers(request.headers, aliased ? svix : names);
        if (!headers)
            return headers.error();
        const auto sent = parse_unix_seconds(headers->timestamp);
        if (!is_delivery_id(headers->id) || !sent || !is_near(*sent, now, tolerance_))
            return refusal::unproven;
        const auto signatures = v1_signatures(headers->signature);
        if (!signatures)
            return refusal::unproven;
        const auto* const signer = keys_.find_signer({headers->id, ".", headers->timestamp, ".", request.body},
                                                     *signatures, &crypto::to_base64);
        if (!signer)
            return refusal::unproven;
        return proof{std::string(headers->id), signer->id};
    }

private:
    hmac_keys keys_;
    std::chrono::seconds tolerance_;
};

result<std::string> decode_key(const secret& from)
{
    std::string_view text = from.reveal();
    if (text.starts_with(secret_prefix))
        text.remove_prefix(secret_prefix.size());
    auto bytes = crypto::from_base64(text, crypto::padding::optional);
    if (!bytes)
        return {boost::system::in_place_error,
                "holds no Standard Webhooks secret; expected whsec_ and standard base64, as the sender shows it"};
    if (bytes->size() < key_bytes_min || bytes->size() > key_bytes_max)
        return {boost::system::in_place_error, "holds a key of " + std::to_string(bytes->size()) +
                                                   " bytes; Standard Webhooks keys have 24 to 64 random bytes"};
    return {boost::system::in_place_value, std::move(*bytes)};
}

}  // namespace

made_scheme make_standard(const scheme_options& options)
{
    hmac_keys keys;
    for (const secret& each : options.secrets) {
        const auto decoded = decode_key(each);
        if (!decoded)
            return {boost::system::in_place_error, decoded.error()};
        keys.add(*decoded);
    }
    const auto tolerance = options.tolerance.value_or(std::chrono::seconds(300));
    return std::unique_ptr<const scheme>(std::make_unique<standard>(std::move(keys), tolerance));
}

}  // namespace reclaim::receiver::schemes
