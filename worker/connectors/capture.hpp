#pragma once
// What a look saw of a seat, kept so that the seat can be given back as it was: members of the answer under names of
// the recipe's, as one JSON object. It speaks of a person, so it goes where it can be erased and nowhere else.
#include "common/json/document.hpp"
#include "worker/connectors/text_template.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace reclaim::connectors {

struct capture {
    std::string name;
    std::string at;  // JSON pointer into the look's answer
};

// "" when nothing is captured: no names, nothing at any of them, or more than is worth keeping (16 KiB).
std::string read_captured(const std::vector<capture>& wanted, json::value body);

// Text, numbers and booleans among what was captured, for the holes of the request that gives the seat back.
variables scalars_of(std::string_view captured);

// The names whose value is not what it was, in their order; those that were not there before do not count.
std::vector<std::string> find_not_given_back(std::string_view before, std::string_view now);

}  // namespace reclaim::connectors
