#pragma once
// std::visit with one lambda per alternative. Give no catch-all: a new alternative must not compile until it is
// decided.

namespace reclaim {

template <class... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};

}  // namespace reclaim
