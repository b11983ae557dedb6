#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "call.hpp"
#include "digest.hpp"
#include "json.hpp"

// The token endpoints of Okta, Entra, Google and Zoom, one client each as the test configures it. A client gets a token
// for exactly the request its vendor documents, and is refused for everything beside it.
namespace sandbox {

class oauth final : public vendor {
public:
    explicit oauth(unsigned long long seed) : ids_{seed} {}

    // Whether a client is configured for this path.
    bool serves(const request& r) const;
    call read(const request& r) override;
    answer throttled(const throttle& t) override;

    void configure(const json::value& config);
    // All tokens end at once; how many there were.
    std::int64_t revoke();
    bool is_live(std::string_view token) const;

private:
    struct client {
        std::string id;
        std::string path;   // of its token endpoint
        std::string grant;  // client_credentials, account_credentials or the jwt-bearer URN
        std::string auth;   // client_secret_post, client_secret_basic, private_key_jwt; not for jwt-bearer
        std::string secret;
        std::string public_key;  // PEM
        std::string algorithm;
        std::string audience;
        std::string subject;
        std::string scope;
        std::map<std::string, std::string> names_of_key;  // members of the assertion's header: kid, x5t, x5t#S256
        std::map<std::string, std::string> fields;        // of the form, beside the standard's
        std::int64_t lifetime_s = 3600;
    };
    struct refusal {
        unsigned status;
        std::string code;
        std::string words;
    };
    using form = std::map<std::string, std::string, std::less<>>;

    answer issue(const request& r, call& c);
    std::optional<refusal> judge(const client& who, const request& r, const form& sent);
    std::optional<refusal> judge_client(const client& who, const request& r, const form& sent);
    std::optional<refusal> judge_assertion(const client& who, const std::string& text, bool is_grant);
    const client* find(const request& r, const form& sent) const;

    std::vector<client> clients_;
    std::map<std::string, std::int64_t, std::less<>> live_;  // token, and when it ends in epoch microseconds
    std::set<std::string> used_;                             // every jti ever seen
    std::int64_t issued_ = 0;
    dice ids_;
};

}  // namespace sandbox
