#pragma once
// A vendor's API described in one TOML file: which requests look, remove and prove the connection, and what each answer
// means. deploy/recipes/ holds the shipped ones; okta-app-assignment.toml opens with a description of the format.
#include "worker/connectors/call.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::connectors {

struct recipe_limits {
    std::chrono::milliseconds timeout = std::chrono::seconds(20);  // of one request, if the caller allows so much
    std::size_t in_flight_max = 32;                                // requests of this process to this vendor at once
    std::chrono::milliseconds health_max_age =
        std::chrono::seconds(60);  // for so long a good health call vouches for a 404
};

struct recipe {
    std::string name;
    std::vector<std::string> variables;                        // every name a template may use
    std::vector<std::pair<std::string, std::string>> headers;  // sent with every request
    std::string request_id_header;                             // the vendor's own id of a call, for the evidence
    call check;
    call revoke;
    call health;
    std::optional<call> restore;  // nothing: this vendor's seats cannot be given back from here
    std::vector<wait_rule> waits;
    recipe_limits limits;
};

// Both throw setup_error listing every problem with its line: unknown keys and words, variables nobody declared, rules
// that can never match, a check that can never answer "absent".
recipe load_recipe(const std::string& path);
recipe parse_recipe(std::string_view text, std::string name = "recipe");

}  // namespace reclaim::connectors
