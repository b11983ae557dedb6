#pragma once
// What a vendor says, in the headers of each answer, of how many calls are left until its window ends; and how far
// apart calls have to be for that to last. A vendor slowed down in time never has to refuse one.
#include "common/http/message.hpp"
#include "worker/connectors/rules.hpp"

#include <chrono>
#include <optional>

namespace reclaim::connectors {

struct slowdown {
    std::chrono::milliseconds gap{0};   // between two calls of all workers
    std::chrono::milliseconds wait{0};  // until the vendor's window ends
};

// Nothing while a fifth or more is left, or when the headers do not tell (one is missing, sent twice or unreadable, or
// the limit is 0, which is how Okta speaks of something else).
std::optional<slowdown> find_slowdown(const allowance_rule& rule, const http::headers& in,
                                      std::chrono::system_clock::time_point now);

}  // namespace reclaim::connectors
