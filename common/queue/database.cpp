#include "common/queue/database.hpp"

namespace reclaim::queue {

pg::connect_options read_database(config::table section, std::string application_name)
{
    pg::connect_options out;
    out.application_name = std::move(application_name);
    if (const auto plain = section.optional_text("conninfo")) {
        out.conninfo = *plain;
        if (plain->find("password=") != std::string::npos)
            section.problem("conninfo", "holds a password; use ~/.pgpass, a service file, or conninfo_file instead");
    } else {
        out.conninfo = std::string(section.required_secret("conninfo").reveal());
    }
    out.pooled = section.flag("pooled", false);
    return out;
}

}  // namespace reclaim::queue
