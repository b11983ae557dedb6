#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "call_log.hpp"
#include "drafter.hpp"
#include "faults.hpp"
#include "http.hpp"
#include "linear.hpp"
#include "oauth.hpp"
#include "okta.hpp"
#include "requester.hpp"

// Everything the one thread shares: the vendors, the fault plan, the log, and how many requests are on hold.
namespace sandbox {

class world {
public:
    world(const std::string& log_file, std::uint64_t seed);

    // Throws json::bad_input. Sections that are absent stay as they are.
    void configure(const json::value& config);

    // Names the request and gives it its number. Nothing has happened yet.
    call receive(const request& r);
    answer throttled(const call& c, const throttle& t);

    // The test's own side door. Without its header it does not exist.
    static bool is_control(const request& r);
    answer control(const request& r);

    call_log log;
    fault_plan faults;
    std::int64_t held = 0;
    std::int64_t releases = 0;  // a held request leaves when this changes

private:
    std::string obey(const request& r);

    oauth oauth_;
    okta okta_;
    linear linear_;
    requester requester_;
    drafter drafter_;
    std::int64_t calls_ = 0;
};

}  // namespace sandbox
