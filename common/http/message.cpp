#include "common/http/message.hpp"

#include "common/http/text.hpp"

#include <algorithm>

namespace reclaim::http {

std::optional<std::string_view> find(const headers& in, std::string_view name)
{
    for (const header& each : in)
        if (same_text(each.name, name))
            return each.value;
    return std::nullopt;
}

std::size_t count(const headers& in, std::string_view name)
{
    return static_cast<std::size_t>(
        std::count_if(in.begin(), in.end(), [name](const header& each) { return same_text(each.name, name); }));
}

}  // namespace reclaim::http
