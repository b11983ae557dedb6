#pragma once
// The worker binary's subcommands. Each reads what it needs, prints for a person, and returns the exit code.
#include <string>

namespace reclaim::worker::commands {

int run(const std::string& config_path);
// By configuration, or by a connection string given in its place.
int migrate(const std::string& config_path, const std::string& conninfo);
int check(const std::string& config_path);
int seal(const std::string& config_path);
int new_key(const std::string& path, const std::string& origin);  // prints the key to verify by

struct sample_request {
    std::string app;
    std::string seat;
    std::string approver;
};
int sample(const std::string& config_path, const sample_request& what);

}  // namespace reclaim::worker::commands
