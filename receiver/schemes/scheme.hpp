#pragma once
// How a sender proves that a request is its own. One file per scheme; the rest of the receiver knows only this
// interface.
#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/http/message.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::receiver::schemes {

struct proof {
    std::string_view delivery_id;  // of the request; the same on every repeat of one delivery
    std::string_view key_id;       // of the scheme: which secret matched, without telling it
};

// Two words on purpose. Whoever cannot sign learns nothing about what was wrong.
enum class refusal { duplicate_header, unproven };

class scheme {
public:
    virtual ~scheme() = default;
    // Judges the raw body bytes, before anything parses them.
    virtual result<proof, refusal> verify(const http::request& request,
                                          std::chrono::system_clock::time_point now) const = 0;
};

struct scheme_options {
    std::vector<secret> secrets;  // more than one while the sender rotates
    std::chrono::seconds tolerance{300};
};

using made_scheme = result<std::unique_ptr<const scheme>>;

// The error says what is wrong with the secrets and the fix; it never holds one of them.
made_scheme make_scheme(std::string_view name, const scheme_options& options);

made_scheme make_standard(const scheme_options& options);

// The first eight hex digits of the key's SHA-256: enough to tell keys apart in the audit, useless for signing.
std::string key_id(std::string_view key);

}  // namespace reclaim::receiver::schemes
