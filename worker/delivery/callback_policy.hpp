#pragma once
// Which places a confirmation may go to. Either an endpoint the configuration names, or a URL from the payload whose
// host the configuration allows; each with the secrets its receiver knows. What a name resolves to is judged later,
// when connecting: is_special is the judge, see http::client_options::may_reach.
#include "worker/delivery/requester.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::delivery {

struct named_endpoint {
    std::string name;
    std::string url;              // http is possible here: whoever writes the configuration knows the network
    std::vector<secret> secrets;  // none only where the format is not one that is signed
    message_format format = message_format::standard;
};

struct allowed_host {
    std::string pattern;  // "hooks.example.com", "hooks.example.com:8443" or "*.example.com"; without a port: 443
    std::vector<secret> secrets;
    message_format format = message_format::standard;
    bool private_addresses = false;  // its names may resolve to special addresses too
};

class callback_policy {
public:
    // Throws setup_error listing every bad URL, pattern and secret.
    callback_policy(std::span<const named_endpoint> named, std::span<const allowed_host> allowed);

    result<endpoint> by_name(std::string_view name) const;
    // Only https to an allowed host and port. A special address or name must be allowed by itself; no wildcard covers
    // it. Only what is allowed so, or says private_addresses, may be found at a special address.
    result<endpoint> by_url(std::string_view url) const;

private:
    struct host_rule {
        bool any_below;  // host is a suffix that starts with a dot
        std::string host;
        std::string port;
        endpoint with;  // but for where
    };
    std::map<std::string, endpoint, std::less<>> named_;
    std::vector<host_rule> allowed_;
};

}  // namespace reclaim::delivery
