#include "receiver/path_segment.hpp"

#include "common/crypto/encoding.hpp"
#include "common/http/text.hpp"
#include "common/json/text.hpp"

namespace reclaim::receiver {

namespace {

// RFC 3986: these mean themselves wherever they stand.
bool is_unreserved(char c)
{
    return (http::lower(c) >= 'a' && http::lower(c) <= 'z') || http::is(c, http::digit_char) || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

}  // namespace

std::string encode_segment(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c))
            out += c;
        else
            out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return out;
}

std::optional<std::string> decode_segment(std::string_view segment)
{
    std::string out;
    while (!segment.empty()) {
        if (segment.front() != '%') {
            out += segment.front();
            segment.remove_prefix(1);
            continue;
        }
        if (segment.size() < 3)
            return std::nullopt;
        const auto byte = crypto::from_hex(segment.substr(1, 2));
        if (!byte)
            return std::nullopt;
        out += *byte;
        segment.remove_prefix(3);
    }
    if (json::find_fault(out) != json::text_fault::none)
        return std::nullopt;
    return out;
}

}  // namespace reclaim::receiver
