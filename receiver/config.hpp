#pragma once
// The receiver's configuration: sections [database] and [receiver] of the file that both programs share.
#include "common/config/reader.hpp"
#include "common/http/server.hpp"
#include "common/log/logger.hpp"
#include "common/pg/connection.hpp"
#include "receiver/accept_batch.hpp"
#include "receiver/source.hpp"

namespace reclaim::receiver {

struct receiver_config {
    pg::connect_options database;
    http::server_options listener;  // faces the senders
    http::server_options ops;       // faces the operators, never the outside
    accept_options accept;
    std::string public_url;  // in front of status URLs; empty: they are paths
    bool notify = true;      // off where every worker polls anyway, behind a transaction pooler
    log::level log_level = log::level::info;
    std::vector<source> sources;
};

// Throws setup_error with every problem of the file at once.
receiver_config read_config(config::file& from);

}  // namespace reclaim::receiver
