#pragma once
// What the sealer is told: [database] and [seal] of the same file. It reads no other section, so that it needs no
// credential of a vendor, and nobody else needs its key.
#include "common/base/secret.hpp"
#include "common/pg/connection.hpp"
#include "worker/evidence/checkpoint.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace reclaim::worker {

struct seal_options {
    pg::connect_options database;
    secret key;                                       // as evidence::signing_key reads it
    std::vector<evidence::verifier_key> former_keys;  // that signed earlier parts of this log
    std::string checkpoints_path;
    std::chrono::milliseconds every{1000};
    std::string ops_address;
    std::uint16_t ops_port = 0;
};

// Throws setup_error listing every problem with file, line and key.
seal_options read_seal_config(const std::string& path);

}  // namespace reclaim::worker
