#pragma once
// The [policy] of a worker's configuration, checked, as the JSON that begin_revokes hands to the guards
// (sql/functions/guards/read_policy.sql). Nothing is judged here; what is wrong is reported at its line and key.
#include "common/config/reader.hpp"

#include <set>
#include <string>

namespace reclaim::worker {

// apps: those the configuration describes; a policy for another one is a misspelling.
std::string read_policy(config::table section, const std::set<std::string, std::less<>>& apps);

}  // namespace reclaim::worker
