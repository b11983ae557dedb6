#pragma once
#include "common/config/reader.hpp"

#include <string>

namespace reclaim::testing {

// Every problem of the file, one per line; "" when there is none.
inline std::string problems_of(config::file& file)
{
    try {
        file.finish();
    } catch (const setup_error& e) {
        return e.what();
    }
    return "";
}

}  // namespace reclaim::testing
