#pragma once

#include <string_view>

namespace sandbox {

extern const std::string_view linear_schema;

}  // namespace sandbox
