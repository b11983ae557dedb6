#pragma once
// Which places a confirmation may go to. Either an endpoint the configuration names, or a URL from the payload whose
// host the configuration allows; each with the secrets its receiver knows. Resolved addresses are judged later, when
// connecting.
#include "worker/delivery/requester.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::delivery {

struct named_endpoint {
    std::string name;
    std::string url;  // http is possible here: whoever writes the configuration knows the network
    std::vector<secret> secrets;
};

struct allowed_host {
    std::string pattern;  // "hooks.example.com", "hooks.example.com:8443" or "*.example.com"; without a port: 443
    std::vector<secret> secrets;
};

class callback_policy {
public:
    // Throws setup_error listing every bad URL, pattern and secret.
    callback_policy(std::span<const named_endpoint> named, std::span<const allowed_host> allowed);

    result<endpoint> by_name(std::string_view name) const;
    // Only https to an allowed host and port. A special address or name must be allowed by itself; no wildcard covers
    // it.
    result<endpoint> by_url(std::string_view url) const;

private:
    struct host_rule {
        bool any_below;  // host is a suffix that starts with a dot
        std::string host;
        std::string port;
        std::shared_ptr<const signing_keys> keys;
    };
    std::map<std::string, endpoint, std::less<>> named_;
    std::vector<host_rule> allowed_;
};

}  // namespace reclaim::delivery
