#include "common/crypto/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace reclaim::crypto {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view hex_digits = "0123456789abcdef";

int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// By a table: a verifier decodes millions of them.
constexpr auto hex_values = [] {
    std::array<signed char, 256> out{};
    out.fill(-1);
    for (int n = 0; n < 10; ++n)
        out['0' + n] = static_cast<signed char>(n);
    for (int n = 0; n < 6; ++n)
        out['a' + n] = out['A' + n] = static_cast<signed char>(10 + n);
    return out;
}();

int hex_digit(char c)
{
    return hex_values[static_cast<unsigned char>(c)];
}

// The text without its padding, or nothing when the padding breaks the rule.
std::optional<std::string_view> strip_padding(std::string_view text, padding rule)
{
    std::string_view digits = text;
    while (!digits.empty() && digits.back() == '=' && text.size() - digits.size() < 2)
        digits.remove_suffix(1);
    const bool padded = digits.size() < text.size();
    const bool whole_groups = text.size() % 4 == 0;
    if (digits.size() % 4 == 1 || (!whole_groups && (padded || rule == padding::required)))
        return std::nullopt;
    return digits;
}

}  // namespace

std::string to_base64(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t held = 0;
    int held_bits = 0;
    for (const char c : bytes) {
        held = (held << 8) | static_cast<unsigned char>(c);
        for (held_bits += 8; held_bits >= 6; held_bits -= 6)
            text += alphabet[(held >> (held_bits - 6)) & 63u];
    }
    if (held_bits > 0)
        text += alphabet[(held << (6 - held_bits)) & 63u];
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::string to_base64url(std::string_view bytes)
{
    std::string text = to_base64(bytes);
    while (text.ends_with('='))
        text.pop_back();
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    return text;
}

std::optional<std::string> from_base64(std::string_view text, padding rule)
{
    const auto digits = strip_padding(text, rule);
    if (!digits)
        return std::nullopt;
    std::string bytes;
    bytes.reserve(digits->size() / 4 * 3 + 2);
    std::uint32_t held = 0;
    int held_bits = 0;
    for (const char c : *digits) {
        const int digit = base64_digit(c);
        if (digit < 0)
            return std::nullopt;
        held = (held << 6) | static_cast<std::uint32_t>(digit);
        held_bits += 6;
        if (held_bits >= 8) {
            held_bits -= 8;
            bytes += static_cast<char>((held >> held_bits) & 0xFFu);
        }
    }
    // Bits that belong to no byte must be zero, or one value would have several spellings.
    if ((held & ((1u << held_bits) - 1)) != 0)
        return std::nullopt;
    return bytes;
}

std::string to_hex(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += hex_digits[byte >> 4];
        text += hex_digits[byte & 15];
    }
    return text;
}

std::optional<std::string> from_hex(std::string_view text)
{
    if (text.size() % 2 != 0)
        return std::nullopt;
    std::string bytes(text.size() / 2, '\0');
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const int high = hex_digit(text[at * 2]);
        const int low = hex_digit(text[at * 2 + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes[at] = static_cast<char>(high * 16 + low);
    }
    return bytes;
}

}  // namespace reclaim::crypto
