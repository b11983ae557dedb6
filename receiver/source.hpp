#pragma once
// One sender: who it is, how it signs, what its JSON looks like, and the token with which it may ask for the status of
// its approvals.
#include "common/base/secret.hpp"
#include "receiver/body_form.hpp"
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
    body_form form = {};
    std::vector<std::string> client_names = {};  // one of them must be in the client's certificate; empty: any client
    unsigned accepted_status = 202;              // of an answer that says "taken"
};

}  // namespace reclaim::receiver
