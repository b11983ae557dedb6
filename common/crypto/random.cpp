#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "common/crypto/openssl.hpp"

#include <openssl/rand.h>

namespace reclaim::crypto {

std::string random_bytes(std::size_t count)
{
    std::string bytes(count, '\0');
    require(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1, "random bytes");
    return bytes;
}

std::string uuid_v4()
{
    std::string bytes = random_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);  // version 4
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);  // the variant of RFC 4122
    std::string text = to_hex(bytes);
    for (std::size_t dash : {8u, 13u, 18u, 23u})
        text.insert(dash, 1, '-');
    return text;
}

}  // namespace reclaim::crypto
