#pragma once
// One metric whose series differ by their labels' values. prometheus-cpp builds and hashes a map of labels at every
// look-up, which is too dear for what happens several times per job; here a known series is found by its values alone.
#include "common/metrics/registry.hpp"

#include <algorithm>
#include <array>
#include <concepts>
#include <functional>
#include <string_view>

namespace reclaim::metrics {

template <class Series, std::size_t Labels>
class family {
public:
    using names = std::array<std::string_view, Labels>;

    // make: the registry's series with these labels; called once for each combination of values.
    family(names labelled, std::function<Series(const labels&)> make) : names_(labelled), make_(std::move(make)) {}

    // The values in the order of the names. Bounded sets only: each new combination is a series for ever.
    Series& at(std::convertible_to<std::string_view> auto const&... values)
        requires(sizeof...(values) == Labels)
    {
        const names wanted{values...};
        const auto found = known_.find(wanted);
        if (found != known_.end())
            return found->second;
        labels with;
        for (std::size_t i = 0; i < Labels; ++i)
            with.emplace(names_[i], wanted[i]);
        return known_.emplace(key{std::string(values)...}, make_(with)).first->second;
    }

private:
    using key = std::array<std::string, Labels>;
    struct by_values {
        using is_transparent = void;
        bool operator()(const auto& one, const auto& other) const
        {
            return std::lexicographical_compare(one.begin(), one.end(), other.begin(), other.end());
        }
    };

    names names_;
    std::function<Series(const labels&)> make_;
    std::map<key, Series, by_values> known_;
};

}  // namespace reclaim::metrics
