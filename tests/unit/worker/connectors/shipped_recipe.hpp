#pragma once
#include "tests/support/repository.hpp"
#include "worker/connectors/recipe.hpp"

namespace reclaim::testing {

// A recipe as it is shipped; the tests of a vendor's contract run against the file that production reads.
inline connectors::recipe shipped_recipe(const std::string& name)
{
    return connectors::load_recipe((repository() / "deploy/recipes" / (name + ".toml")).string());
}

}  // namespace reclaim::testing
