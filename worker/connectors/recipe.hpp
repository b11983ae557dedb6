#pragma once
// A vendor's API described in one TOML file: which requests look, remove and prove the connection, and what each answer
// means. deploy/recipes/ holds the shipped ones; okta-app-assignment.toml opens with a description of the format.
#include "worker/connectors/call.hpp"
#include "worker/connectors/call_limits.hpp"

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
    call_limits calls{};           // of all processes together
};

// What the vendor offers so that one removal cannot become two, checked against the calls: operation_key is sent as
// {operation}, a precondition as If-Match with a value the look told.
enum class capability { operation_key, precondition, none };

// What a removal ends: one seat, while the account lives on, or the account with everything in it. The person who
// cleans up has other things to do.
enum class extent { seat, account };

struct recipe {
    std::string name;
    extent takes = extent::seat;
    capability offers = capability::none;
    std::vector<std::string>
        variables;  // of the app and the job: every name a template may use, beside what a look saves
    std::vector<pair_template> headers;  // sent with every request, unless the call has its own
    std::string request_id_header;       // the vendor's own id of a call, for the evidence
    call check;
    call revoke;
    call health;
    std::optional<call> restore;  // nothing: this vendor's seats cannot be given back from here
    std::vector<wait_rule> waits;
    std::optional<allowance_rule> allowance;  // nothing: this vendor does not tell before it refuses
    recipe_limits limits;
};

// The variables an app's configuration has to give and does not; those of the person come with each job.
std::vector<std::string> find_missing(const recipe& how, const variables& app);

// Both throw setup_error listing every problem with its line: unknown keys and words, variables nobody declared, rules
// that can never match, a check that can never answer "held" or "absent", requests that name no person, and shapes that
// are known to take more than a seat (forbidden.hpp).
recipe load_recipe(const std::string& path);
recipe parse_recipe(std::string_view text, std::string name = "recipe");

}  // namespace reclaim::connectors
