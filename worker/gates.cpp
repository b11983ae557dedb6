#include "worker/gates.hpp"

namespace reclaim::worker {

void gates::replace(const std::vector<queue::closed_gate>& seen)
{
    known_ = true;
    closed_.clear();
    for (const auto& gate : seen)
        close(gate.scope, gate.opens_in);
}

void gates::close(const std::string& scope, std::optional<std::chrono::milliseconds> opens_in)
{
    closed_[scope] = opens_in ? std::optional(async::steady::now() + *opens_in) : std::nullopt;
}

std::optional<closed> gates::find_closed(std::initializer_list<std::string> scopes) const
{
    const auto now = async::steady::now();
    const auto look = [&](const std::string& scope) -> std::optional<closed> {
        const auto it = closed_.find(scope);
        if (it == closed_.end() || (it->second && *it->second <= now))
            return std::nullopt;
        return closed{scope, it->second};
    };
    if (auto everything = look("all"))
        return everything;
    for (const auto& scope : scopes)
        if (auto found = look(scope))
            return found;
    return std::nullopt;
}

}  // namespace reclaim::worker
