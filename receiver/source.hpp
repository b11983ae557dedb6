#pragma once
// One sender: how it signs, what its JSON looks like, and the token with which it may ask for the status of its
// approvals.
#include "common/base/secret.hpp"
#include "receiver/mapping.hpp"
#include "receiver/schemes/scheme.hpp"

#include <memory>
#include <optional>
#include <string>

namespace reclaim::receiver {

struct source {
    std::string name;
    std::shared_ptr<const schemes::scheme> scheme;  // shared: a reload puts another in its place under requests
    receiver::mapping mapping;
    std::optional<secret> status_token;
};

}  // namespace reclaim::receiver
