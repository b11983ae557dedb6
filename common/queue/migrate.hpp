#pragma once
// Brings a database to this program's version: the same files in the same order as sql/migrate.psql.
#include <string>
#include <vector>

namespace reclaim::queue {

// The highest migration this program carries; a database that has less is too old for it, more is newer.
int schema_version();

// Applies what is missing, in one transaction under an advisory lock; functions, views and grants are always put anew.
// Returns the names of the migrations applied. Throws pg::error naming the file, pg::connection_lost.
std::vector<std::string> migrate(const std::string& conninfo);

}  // namespace reclaim::queue
