#pragma once
#include "worker/connectors/outcome.hpp"

namespace reclaim::testing {

// One word per alternative, so that a table of answers reads like the vendor's contract.
inline std::string word(const connectors::outcome& what)
{
    struct name_of {
        std::string operator()(const connectors::removed&) const { return "removed"; }
        std::string operator()(const connectors::already_absent&) const { return "absent"; }
        std::string operator()(const connectors::scheduled&) const { return "scheduled"; }
        std::string operator()(const connectors::held&) const { return "held"; }
        std::string operator()(const connectors::still_present&) const { return "still_present"; }
        std::string operator()(const connectors::look_again&) const { return "look_again"; }
        std::string operator()(const connectors::throttled& t) const
        {
            return "throttled " + std::to_string(t.wait.count());
        }
        std::string operator()(const connectors::retry&) const { return "retry"; }
        std::string operator()(const connectors::denied&) const { return "denied"; }
        std::string operator()(const connectors::refused&) const { return "refused"; }
        std::string operator()(const connectors::not_sent&) const { return "not_sent"; }
        std::string operator()(const connectors::no_turn&) const { return "no_turn"; }
        std::string operator()(const connectors::unknown&) const { return "unknown"; }
    };
    return std::visit(name_of{}, what);
}

}  // namespace reclaim::testing
