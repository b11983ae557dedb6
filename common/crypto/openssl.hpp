#pragma once
// What every call of OpenSSL needs: its byte type, and its failures as exceptions.
#include <openssl/err.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace reclaim::crypto {

inline const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

inline void require(bool done, const char* what)
{
    if (done)
        return;
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* reason = ERR_reason_error_string(code);
    throw std::runtime_error(std::string("OpenSSL: ") + what + ": " + (reason ? reason : "no reason given"));
}

}  // namespace reclaim::crypto
