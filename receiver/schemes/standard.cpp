// Standard Webhooks, symmetric (v1): HMAC-SHA256 over "id.timestamp.body". Svix sends the same under its older header
// names.
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "common/http/text.hpp"
#include "receiver/schemes/scheme.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace reclaim::receiver::schemes {

namespace {

using std::chrono::system_clock;

constexpr std::size_t delivery_id_bytes_max = 64;
constexpr std::size_t timestamp_digits_max = 12;
constexpr std::size_t entries_max = 5;  // each costs a comparison that a stranger can ask for
constexpr std::size_t key_bytes_min = 24;
constexpr std::size_t key_bytes_max = 64;
constexpr std::string_view secret_prefix = "whsec_";

struct key {
    std::string id;
    crypto::hmac_sha256 mac;
};

struct signed_headers {
    std::string_view id, timestamp, signature;
};

// No '.', or "a.b" with "1" and "a" with "b.1" would be the same signed bytes.
bool is_delivery_id(std::string_view text)
{
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= delivery_id_bytes_max && std::all_of(text.begin(), text.end(), allowed);
}

std::optional<system_clock::time_point> parse_timestamp(std::string_view text)
{
    if (text.empty() || text.size() > timestamp_digits_max || !http::all(text, http::digit_char))
        return std::nullopt;
    std::int64_t seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    // Beyond year 2262 it would not fit the clock's nanoseconds; it is far outside any tolerance all the same.
    constexpr std::int64_t last = std::chrono::floor<std::chrono::seconds>(system_clock::duration::max()).count();
    return system_clock::time_point(std::chrono::seconds(std::min(seconds, last)));
}

// Each of the three exactly once. A second one is an ambiguity, not a wrong signature, and is named.
result<signed_headers, refusal> read_headers(const http::headers& in, const std::array<std::string_view, 3>& names)
{
    std::array<const std::string*, 3> found{};
    for (const auto& [name, value] : in) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!http::same_text(name, names[i]))
                continue;
            if (found[i])
                return refusal::duplicate_header;
            found[i] = &value;
        }
    }
    if (!found[0] || !found[1] || !found[2])
        return refusal::unproven;
    return signed_headers{*found[0], *found[1], *found[2]};
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
        if (++entries > entries_max)
            return std::nullopt;
        if (entry.starts_with("v1,"))
            out.push_back(entry.substr(3));
    }
    return out;
}

class standard : public scheme {
public:
    standard(std::vector<key> keys, std::chrono::seconds tolerance) : keys_(std::move(keys)), tolerance_(tolerance) {}

    result<proof, refusal> verify(const http::request& request, system_clock::time_point now) const override
    {
        static constexpr std::array<std::string_view, 3> names{"webhook-id", "webhook-timestamp", "webhook-signature"};
        static constexpr std::array<std::string_view, 3> svix{"svix-id", "svix-timestamp", "svix-signature"};
        const bool aliased = !http::find(request.headers, names[0]) && http::find(request.headers, svix[0]);
        const auto headers = read_headers(request.headers, aliased ? svix : names);
        if (!headers)
            return headers.error();
        if (!is_delivery_id(headers->id) || !is_fresh(headers->timestamp, now))
            return refusal::unproven;
        const auto signatures = v1_signatures(headers->signature);
        if (!signatures || signatures->empty())
            return refusal::unproven;
        for (const key& each : keys_) {
            // Compared as text: of all base64 spellings only the canonical one of our own MAC is equal.
            const auto mac = each.mac.sign({headers->id, ".", headers->timestamp, ".", request.body});
            const std::string expected = crypto::to_base64(crypto::as_bytes(mac));
            for (const std::string_view given : *signatures)
                if (crypto::equal_in_constant_time(given, expected))
                    return proof{headers->id, each.id};
        }
        return refusal::unproven;
    }

private:
    bool is_fresh(std::string_view timestamp, system_clock::time_point now) const
    {
        const auto sent = parse_timestamp(timestamp);
        // Senders sign whole seconds, so both ends of the tolerance count in whole seconds too.
        const auto second = std::chrono::floor<std::chrono::seconds>(now);
        return sent && *sent >= second - tolerance_ && *sent <= second + tolerance_;
    }

    std::vector<key> keys_;
    std::chrono::seconds tolerance_;
};

result<key> parse_key(const secret& from)
{
    std::string_view text = from.reveal();
    if (text.starts_with(secret_prefix))
        text.remove_prefix(secret_prefix.size());
    const auto bytes = crypto::from_base64(text, crypto::padding::optional);
    if (!bytes)
        return {boost::system::in_place_error,
                "holds no Standard Webhooks secret; expected whsec_ and standard base64, as the sender shows it"};
    if (bytes->size() < key_bytes_min || bytes->size() > key_bytes_max)
        return {boost::system::in_place_error, "holds a key of " + std::to_string(bytes->size()) +
                                                   " bytes; Standard Webhooks keys have 24 to 64 random bytes"};
    return key{key_id(*bytes), crypto::hmac_sha256(secret(*bytes))};
}

}  // namespace

made_scheme make_standard(const scheme_options& options)
{
    std::vector<key> keys;
    for (const secret& each : options.secrets) {
        auto parsed = parse_key(each);
        if (!parsed)
            return {boost::system::in_place_error, parsed.error()};
        keys.push_back(std::move(*parsed));
    }
    return std::unique_ptr<const scheme>(std::make_unique<standard>(std::move(keys), options.tolerance));
}

}  // namespace reclaim::receiver::schemes
