#include "common/queue/migrate.hpp"

#include "common/pg/script.hpp"
#include "common/queue/embedded_sql.hpp"

#include <algorithm>

namespace reclaim::queue {
namespace {

constexpr std::string_view migrations = "migrations/";

// "migrations/0001_core.sql" -> 1; 0 for every other file
int version_of(std::string_view path)
{
    return path.starts_with(migrations) ? std::stoi(std::string(path.substr(migrations.size(), 4))) : 0;
}

}  // namespace

int schema_version()
{
    int highest = 0;
    for (const auto& file : embedded_sql())
        highest = std::max(highest, version_of(file.path));
    return highest;
}

std::vector<std::string> migrate(const std::string& conninfo)
{
    pg::script database(conninfo, "reclaim-worker migrate");
    std::vector<std::string> applied;
    // As in migrate.psql: roles by whoever migrates, everything else by the owner.
    database.run("begin", "begin");
    database.run("set local client_min_messages = warning; select pg_advisory_xact_lock(hashtext('reclaim migrate'))",
                 "lock");
    for (const auto& file : embedded_sql()) {
        const std::string path(file.path);
        if (const int version = version_of(file.path)) {
            const auto known =
                database.rows("select 1 from reclaim.migration where version = $1", {std::to_string(version)});
            if (!known.empty())
                continue;
            const std::string name = path.substr(migrations.size());
            database.run(std::string(file.text), path);
            database.rows("insert into reclaim.migration (version, name) values ($1, $2)",
                          {std::to_string(version), name});
            applied.push_back(name);
            continue;
        }
        database.run(std::string(file.text), path);
        if (path == "roles.sql")
            database.run("set local role reclaim_owner", path);
    }
    database.run("select reclaim.ensure_partitions()", "partitions");
    database.run("commit", "commit");
    return applied;
}

}  // namespace reclaim::queue
