#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "call.hpp"
#include "digest.hpp"
#include "json.hpp"

// Which request meets which mishap. Every rule has its own dice, thrown once for each request that the rule matches, so
// (seed, rule, k-th match) decides alone: adding a rule or unrelated traffic does not change what another rule does.
namespace sandbox {

enum class fault_kind {
    none,
    latency,
    rate_limit,
    status,
    html,
    truncate,
    apply_then_reset,
    reset_before,
    delay_then_apply,
    endless,
    slow_drip,
    hold,
    wrong_user_echo,
    gone,
};

struct fault {
    fault_kind kind = fault_kind::none;
    std::string_view name = "";
    std::chrono::milliseconds delay{0};  // delay_then_apply: before the effect; slow_drip, endless: between pieces
    throttle limit;
    unsigned status = 0;
    std::string body;
    bool apply_before = false;  // hold: the effect happens on arrival, only the answer waits
};

struct verdict {
    std::chrono::milliseconds latency{0};
    fault hit;
};

class fault_plan {
public:
    explicit fault_plan(std::uint64_t seed) : seed_{seed} {}

    // Replaces every rule, or throws json::bad_input and changes nothing.
    void replace(const json::value& plan);
    verdict decide(const call& c);
    std::string report() const;

private:
    struct rule {
        std::string on;
        fault gives;
        std::chrono::milliseconds jitter{0};
        double probability = 1;
        std::optional<std::int64_t> times;
        std::optional<std::int64_t> nth;
        std::vector<std::pair<std::string, std::string>> match;
        dice luck{0};
        std::int64_t seen = 0;
        std::int64_t fired = 0;

        bool matches(const call& c) const;
        bool fires();
    };
    static rule read_rule(const json::value& v);

    std::uint64_t seed_;
    std::vector<rule> rules_;
};

}  // namespace sandbox
