#pragma once
// The [database] section that both programs read.
#include "common/config/reader.hpp"
#include "common/pg/connection.hpp"

namespace reclaim::queue {

// conninfo (or conninfo_file / conninfo_env when it holds a password), pooled. Problems are collected by the table.
pg::connect_options read_database(config::table section, std::string application_name);

}  // namespace reclaim::queue
