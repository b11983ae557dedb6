#pragma once
// How much a vendor may be asked, over all workers together. A recipe brings the vendor's documented quota, and the
// configuration of a connector may say otherwise, key by key.
#include "common/config/reader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace reclaim::connectors {

struct call_limits {
    std::optional<double> rate;      // calls per second; 0: as many as you like, whatever the recipe says
    std::optional<int> burst;        // calls at once after a rest; default: those of one second, at least one
    std::optional<int> concurrency;  // calls under way; 0: as many as you like
    std::string one_call_per = {};   // the variable that names the person, of recipes; "": several at once are fine

    // The other's where it has a value.
    call_limits with(const call_limits& other) const;
    bool any() const { return rate.value_or(0) > 0 || concurrency.value_or(0) > 0 || !one_call_per.empty(); }
    int burst_or_default() const;
};

// "10/s", "600/m", "3600/h" or "none", as calls per second.
std::optional<double> parse_rate(std::string_view text);

// rate, burst and concurrency of the table.
call_limits read_call_limits(config::table& at);

}  // namespace reclaim::connectors
