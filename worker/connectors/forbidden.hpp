#pragma once
// Requests that are known to take more than one seat: they differ by a few characters from the right one, and people
// have lost accounts and whole groups to them. A recipe that holds one does not load, so nobody has to remember.
#include "worker/connectors/call.hpp"

#include <string>
#include <vector>

namespace reclaim::connectors {

// Each text says what the request would do and what to write instead; empty when nothing is known against it.
std::vector<std::string> find_forbidden(const call& revoke);

}  // namespace reclaim::connectors
