#pragma once
// The worker binary's subcommands. Each reads what it needs, prints for a person, and returns the exit code.
#include <cstdint>
#include <string>
#include <vector>

namespace reclaim::worker::commands {

int run(const std::string& config_path);
// By configuration, or by a connection string given in its place.
int migrate(const std::string& config_path, const std::string& conninfo);
int check(const std::string& config_path);
int seal(const std::string& config_path);
int new_key(const std::string& path, const std::string& origin);  // prints the key to verify by

// By a connection string; where it is empty libpq's own settings (PGHOST, PGSERVICE, ...) say where.
struct export_request {
    std::string database;
    std::string out;       // a folder that does not exist yet; of a receipt, a file
    std::string from, to;  // days or seconds in UTC; `to` is not part of it
    int sample = 0;
    std::string seed;
    std::int64_t receipt_of = 0;  // a job: its receipt instead of a pack
};
int export_evidence(const export_request& what);

struct verify_request {
    std::string what;               // folder of a pack, or file of a receipt
    std::vector<std::string> keys;  // to verify by: the sealer's, and its former ones
    std::string checkpoints;        // a file of signed states from elsewhere; empty: none
};
// 0: all that was checked fits, 1: something does not, 2: it could not be judged.
int verify(const verify_request& what);

struct sample_request {
    std::string app;
    std::string seat;
    std::string approver;
};
int sample(const std::string& config_path, const sample_request& what);

}  // namespace reclaim::worker::commands
