#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "call.hpp"
#include "json.hpp"

// The people who asked for removals, at the receiving end: verifies a Standard Webhooks signature as a careful receiver
// does and keeps every message once, by its id.
namespace sandbox {

class requester final : public vendor {
public:
    call read(const request& r) override;
    answer throttled(const throttle& t) override;

    void configure(const json::value& config);
    std::string deliveries() const;

private:
    struct delivery {
        std::string endpoint;
        std::string webhook_id;
        std::string body;
        std::int64_t at_us = 0;
        std::int64_t count = 0;
    };
    answer receive(const request& r, call& c, bool signature_ok);
    bool signature_ok(const request& r, const std::string& endpoint) const;

    struct endpoint {
        std::vector<std::string> secrets;  // decoded
        std::int64_t tolerance_s = 300;
    };
    std::map<std::string, endpoint, std::less<>> endpoints_;
    std::vector<delivery> deliveries_;
    std::unordered_map<std::string, std::size_t> by_id_;
};

}  // namespace sandbox
