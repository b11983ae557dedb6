#pragma once
#include "worker/connectors/recipe.hpp"

#include <filesystem>

namespace reclaim::testing {

// A recipe as it is shipped; the tests of a vendor's contract run against the file that production reads.
inline connectors::recipe shipped_recipe(const std::string& name)
{
    const auto root = std::filesystem::path(__FILE__).parent_path() / "../../../..";
    return connectors::load_recipe((root / "deploy/recipes" / (name + ".toml")).string());
}

}  // namespace reclaim::testing
