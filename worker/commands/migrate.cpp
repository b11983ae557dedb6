#include "common/queue/migrate.hpp"

#include "worker/commands/commands.hpp"
#include "worker/config.hpp"

#include <iostream>

namespace reclaim::worker::commands {

int migrate(const std::string& config_path, const std::string& conninfo)
{
    const auto applied = queue::migrate(conninfo.empty() ? read_config(config_path).database.conninfo : conninfo);
    for (const auto& name : applied)
        std::cout << "applied " << name << '\n';
    std::cout << "the database is at version " << queue::schema_version()
              << "; functions, views and grants are up to date\n";
    return 0;
}

}  // namespace reclaim::worker::commands
