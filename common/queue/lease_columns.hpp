#pragma once
// How records of many jobs become parameters: one array per column, the lease's three first.
#include "common/pg/params.hpp"
#include "common/queue/job.hpp"

#include <span>
#include <type_traits>
#include <vector>

namespace reclaim::queue {

// The three columns that every record carries, gathered from any struct with a lease.
template <class Item>
pg::params leases_of(std::span<const Item> items)
{
    std::vector<std::int64_t> ids;
    std::vector<std::int64_t> fences;
    std::vector<pg::uuid> tokens;
    for (const auto& item : items) {
        const lease& held = [&]() -> const lease& {
            if constexpr (std::is_same_v<Item, lease>)
                return item;
            else
                return item.held;
        }();
        ids.push_back(held.job_id);
        fences.push_back(held.fence);
        tokens.push_back(held.token);
    }
    pg::params out;
    out.add(std::span<const std::int64_t>(ids))
        .add(std::span<const std::int64_t>(fences))
        .add(std::span<const pg::uuid>(tokens));
    return out;
}

template <class Item, class Get>
void add_column(pg::params& to, std::span<const Item> items, Get get)
{
    std::vector<std::decay_t<decltype(get(items[0]))>> column;
    column.reserve(items.size());
    for (const auto& item : items)
        column.push_back(get(item));
    to.add(std::span<const typename decltype(column)::value_type>(column));
}

inline std::optional<std::string_view> null_if_empty(const std::string& text)
{
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

}  // namespace reclaim::queue
