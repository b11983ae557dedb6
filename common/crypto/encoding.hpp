#pragma once
// Strict text forms of bytes. Decoders refuse what a lenient one would silently repair: white space, the other
// alphabet, non-zero trailing bits, wrong padding.
#include <optional>
#include <string>
#include <string_view>

namespace reclaim::crypto {

enum class padding { required, optional };

std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text, padding rule = padding::required);
std::string to_base64url(std::string_view bytes);  // the alphabet of RFC 4648 section 5, without padding
std::string to_hex(std::string_view bytes);        // lower case
std::optional<std::string> from_hex(std::string_view text);

}  // namespace reclaim::crypto
