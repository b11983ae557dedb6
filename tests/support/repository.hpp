#pragma once
#include <filesystem>

namespace reclaim::testing {

// The checkout these tests were built from. Not told by __FILE__, which a compiler cache may make relative.
std::filesystem::path repository();

}  // namespace reclaim::testing
