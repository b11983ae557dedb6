#include "tests/support/repository.hpp"

namespace reclaim::testing {

std::filesystem::path repository()
{
    return RECLAIM_REPOSITORY;
}

}  // namespace reclaim::testing
