#include "worker/connectors/outcome.hpp"

#include <iterator>

namespace reclaim::connectors {

std::string_view name_of(const outcome& what)
{
    static constexpr std::string_view names[] = {"removed",    "already_absent", "scheduled", "held",   "still_present",
                                                 "look_again", "throttled",      "retry",     "denied", "refused",
                                                 "not_sent",   "no_turn",        "unknown"};
    static_assert(std::variant_size_v<outcome> == std::size(names));
    return names[what.index()];
}

}  // namespace reclaim::connectors
