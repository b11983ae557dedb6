#include "receiver/schemes/signed_parts.hpp"

#include "common/crypto/encoding.hpp"
#include "common/http/text.hpp"

#include <algorithm>
#include <charconv>

namespace reclaim::receiver::schemes {

using std::chrono::system_clock;

namespace {

constexpr std::size_t text_key_bytes_min = 12;
constexpr std::size_t timestamp_digits_max = 12;
constexpr std::size_t delivery_mac_bytes = 16;

}  // namespace

result<hmac_keys> hmac_keys::from_text(std::span<const secret> secrets)
{
    hmac_keys out;
    for (const secret& each : secrets) {
        if (each.reveal().size() < text_key_bytes_min)
            return {boost::system::in_place_error, "holds a secret of " + std::to_string(each.reveal().size()) +
                                                       " bytes; write the sender's signing secret into it, 12 bytes "
                                                       "or more"};
        out.add(each.reveal());
    }
    return out;
}

void hmac_keys::add(std::string_view key_bytes)
{
    keys_.push_back({key_id(key_bytes), crypto::hmac_sha256(secret(std::string(key_bytes)))});
}

const hmac_keys::key* hmac_keys::find_signer(std::initializer_list<std::string_view> parts,
                                             std::span<const std::string_view> given,
                                             std::string (*as_text)(std::string_view)) const
{
    for (const key& each : keys_) {
        const auto mac = each.mac.sign(parts);
        const std::string expected = as_text(crypto::as_bytes(mac));
        for (const std::string_view text : given)
            if (crypto::equal_in_constant_time(text, expected))
                return &each;
    }
    return nullptr;
}

std::string key_id(std::string_view key_bytes)
{
    const auto digest = crypto::sha256(key_bytes);
    return crypto::to_hex(crypto::as_bytes(digest).substr(0, 4));
}

proof prove_by_body(const hmac_keys::key& signer, std::string_view body)
{
    // Half of it, over more than the body: not the signature, which nobody should find in a log either.
    const auto mac = signer.mac.sign({"delivery:", body});
    return {crypto::to_hex(crypto::as_bytes(mac).substr(0, delivery_mac_bytes)), signer.id};
}

result<std::string_view, refusal> only_header(const http::headers& in, std::string_view name)
{
    const auto value = http::find(in, name);
    if (!value)
        return refusal::unproven;
    if (http::count(in, name) != 1)
        return refusal::duplicate_header;
    return *value;
}

std::optional<system_clock::time_point> parse_unix_seconds(std::string_view text)
{
    if (text.empty() || text.size() > timestamp_digits_max || !http::all(text, http::digit_char))
        return std::nullopt;
    std::int64_t seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    // Beyond year 2262 it would not fit the clock's nanoseconds; it is far outside any tolerance all the same.
    constexpr std::int64_t last = std::chrono::floor<std::chrono::seconds>(system_clock::duration::max()).count();
    return system_clock::time_point(std::chrono::seconds(std::min(seconds, last)));
}

bool is_near(system_clock::time_point sent, system_clock::time_point now, std::chrono::seconds tolerance)
{
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    const auto at = std::chrono::floor<std::chrono::seconds>(sent);
    return at >= second - tolerance && at <= second + tolerance;
}

}  // namespace reclaim::receiver::schemes
