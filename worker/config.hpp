#pragma once
// Everything a worker is told, from one TOML file; deploy/reclaim.example.toml explains each key. Every problem is
// reported at once, and secrets come by reference only.
#include "common/http/client.hpp"
#include "common/log/logger.hpp"
#include "common/pg/connection.hpp"
#include "common/queue/limit_store.hpp"
#include "worker/backoff.hpp"
#include "worker/connectors/call_limits.hpp"
#include "worker/credential_config.hpp"
#include "worker/delivery/callback_policy.hpp"
#include "worker/delivery/draft.hpp"
#include "worker/ticket_config.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reclaim::worker {

// How one place outside is reached.
struct route_config {
    std::optional<std::string> ca_file;
    bool proxied = false;  // by [proxy]
};

struct connector_config {
    std::string name;
    std::string recipe_path;
    http::origin to;
    credential_config with;
    route_config route;
    connectors::call_limits calls;  // in place of the recipe's
};

// When a removed seat is looked at again, counted from the removal, in order.
using look_schedule = std::vector<std::chrono::milliseconds>;

struct app_config {
    std::string connector;
    look_schedule later_looks;
    std::map<std::string, std::string, std::less<>> variables;
    std::optional<ticket_config> ticket;  // where there is a [linear]
};

struct linear_config {
    http::origin to;
    connectors::credential with;
    route_config route;
    worker::checklists checklists;
    ticket_config ticket;  // of every app
    bool comment_on_drift = false;
    std::optional<delivery::draft_settings> draft;
    route_config draft_route;
};

struct later_looks_config {
    int at_once = 4;  // of this process: looks never crowd out removals
    std::chrono::milliseconds poll{10000};
    retry_policy retry{8, std::chrono::minutes(1), std::chrono::hours(6)};  // of a look that could not be read
};

struct confirmation_config {
    std::vector<delivery::named_endpoint> endpoints;  // by source name
    std::vector<delivery::allowed_host> allowed_hosts;
    route_config route;
    std::vector<std::chrono::milliseconds>
        schedule;  // the wait before each further try; after the last it is undeliverable
};

struct options {
    pg::connect_options database;
    log::level log_level = log::level::info;
    std::string ops_address;
    std::uint16_t ops_port = 0;

    int in_flight_max = 500;
    std::chrono::milliseconds lease{15000};
    std::chrono::milliseconds poll{2000};
    std::chrono::milliseconds grace{3000};       // SIGTERM: how long running attempts may finish
    std::chrono::milliseconds call_time{10000};  // of one call to a vendor
    std::chrono::milliseconds wait_for_ticket{900000};
    int crashes_max = 3;
    retry_policy revoke_retry;
    retry_policy ticket_retry;  // attempts_max is not used: a ticket is retried until it is open or refused

    queue::breaker_settings breaker;
    later_looks_config later_looks;

    std::string policy_json;  // what the guards are told

    std::optional<http::proxy> proxy;
    std::vector<connector_config> connectors;
    std::map<std::string, app_config, std::less<>> apps;
    std::optional<linear_config> linear;
    confirmation_config confirmation;
};

// Throws setup_error listing every problem with file, line and key.
options read_config(const std::string& path);
options read_config(config::file& from);

}  // namespace reclaim::worker
