#pragma once
// The files of sql/ in the order of sql/migrate.psql, as they were when this program was built.
#include <span>
#include <string_view>

namespace reclaim::queue {

struct sql_file {
    std::string_view path;  // "migrations/0001_core.sql", "functions/work/claim_jobs.sql"
    std::string_view text;
};

std::span<const sql_file> embedded_sql();

}  // namespace reclaim::queue
