#pragma once
// How a sender proves that a request is its own. One file per scheme, one table of them in scheme.cpp; the rest of the
// receiver knows only this interface.
#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/http/message.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::receiver::schemes {

struct proof {
    std::string delivery_id;  // the same on every repeat of one delivery; only ever made of what the sender has signed
    std::string key_id;       // which secret matched, without telling it
};

// Two words on purpose. Whoever cannot sign learns nothing about what was wrong.
enum class refusal { duplicate_header, unproven };

class scheme {
public:
    virtual ~scheme() = default;
    // Judges the raw body bytes, before anything else parses them.
    virtual result<proof, refusal> verify(const http::request& request,
                                          std::chrono::system_clock::time_point now) const = 0;
};

struct scheme_options {
    std::vector<secret> secrets;  // more than one while the sender rotates
    // How far a signed time may be from now, both ways; the scheme's own when absent. Means nothing to a scheme
    // without a time.
    std::optional<std::chrono::seconds> tolerance = {};
};

using made_scheme = result<std::unique_ptr<const scheme>>;

struct scheme_kind {
    std::string_view name;
    made_scheme (*make)(const scheme_options&);
    bool signs_time = true;                   // else a tolerance means nothing
    bool behind_client_certificates = false;  // proves too little to be taken from anybody who can connect
    unsigned accepted_status = 202;           // what its senders count as "taken"
};

const scheme_kind* find_scheme(std::string_view name);
std::string scheme_names();  // for a person: "standard, github, ..."

// The error says what is wrong with the name or the secrets and the fix; it never holds one of them.
made_scheme make_scheme(std::string_view name, const scheme_options& options);

made_scheme make_standard(const scheme_options& options);
made_scheme make_github(const scheme_options& options);
made_scheme make_stripe(const scheme_options& options);
made_scheme make_slack(const scheme_options& options);
made_scheme make_linear(const scheme_options& options);
made_scheme make_bearer(const scheme_options& options);

}  // namespace reclaim::receiver::schemes
