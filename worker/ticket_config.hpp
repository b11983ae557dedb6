#pragma once
// What tickets look like: [linear.ticket] for every app, [apps.NAME.ticket] for one, and the checklists they name.
#include "common/config/reader.hpp"
#include "worker/delivery/ticket_template.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reclaim::worker {

using checklists = std::map<std::string, std::vector<std::string>, std::less<>>;

struct ticket_config {
    delivery::ticket_settings settings;    // without a checklist
    std::optional<std::string> checklist;  // its name; nothing: the one of what the app's recipe takes
};

// [linear.checklists], beside our own "seat" and "account", which one of the same name replaces.
checklists read_checklists(config::table section);

ticket_config read_ticket(config::table section, const checklists& known);
// What an app has of its own, over what every app has.
ticket_config read_ticket(config::table section, const checklists& known, ticket_config every);

}  // namespace reclaim::worker
