#pragma once
// How [connectors.NAME] and [linear] say who we are: a fixed key (auth = "bearer", "ssws", "raw"), or tokens from an
// OAuth 2 endpoint (auth = "oauth" and [connectors.NAME.oauth]). docs/CONNECTORS.md has a section for each vendor.
#include "common/config/reader.hpp"
#include "worker/connectors/exchange.hpp"
#include "worker/credentials/grant.hpp"

#include <variant>

namespace reclaim::worker {

using credential_config = std::variant<connectors::credential, credentials::grant_settings>;

// Both add their problems to the section, each naming key and fix.
connectors::credential read_fixed_credential(config::table& section, std::string_view auth_default);
credential_config read_credential(config::table& section);

// Also for other places that name one: "https://host[:port][/path]".
http::origin read_origin(config::table& section, std::string_view key);

}  // namespace reclaim::worker
