#include "worker/gates.hpp"

namespace reclaim::worker {

void gates::replace(const std::vector<queue::closed_gate>& seen)
{
    known_ = true;
    closed_.clear();
    for (const auto& gate : seen)
        close(gate.scope, gate.opens_in, gate.probe_in);
}

void gates::close(const std::string& scope, std::optional<std::chrono::milliseconds> opens_in,
                  std::optional<std::chrono::milliseconds> probe_in)
{
    const auto in = [](std::optional<std::chrono::milliseconds> wait) {
        return wait ? std::optional(async::steady::now() + *wait) : std::nullopt;
    };
    closed_[scope] = {in(opens_in), in(probe_in)};
}

std::optional<async::steady::time_point> gates::probe_at(const std::string& scope) const
{
    const auto it = closed_.find(scope);
    return it == closed_.end() ? std::nullopt : it->second.probe;
}

std::optional<closed> gates::find_closed(std::initializer_list<std::string> scopes) const
{
    const auto now = async::steady::now();
    const auto look = [&](const std::string& scope) -> std::optional<closed> {
        const auto it = closed_.find(scope);
        if (it == closed_.end() || (it->second.opens && *it->second.opens <= now))
            return std::nullopt;
        return closed{scope, it->second.opens};
    };
    if (auto everything = look("all"))
        return everything;
    for (const auto& scope : scopes)
        if (auto found = look(scope))
            return found;
    return std::nullopt;
}

}  // namespace reclaim::worker
