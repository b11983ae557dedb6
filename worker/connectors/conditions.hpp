#pragma once
// Does an answer meet a rule's conditions?
#include "common/http/message.hpp"
#include "common/json/document.hpp"
#include "worker/connectors/rules.hpp"

#include <optional>
#include <vector>

namespace reclaim::connectors {

// A string by its content, a number or boolean by its JSON spelling; null, objects and arrays have no text.
std::optional<std::string> scalar_text(json::value node);

// Every node the selector names; `was_array` tells whether each '*' on the way stood on an array.
struct selection {
    std::vector<json::value> nodes;
    bool was_array = true;
};
selection select(const selector& wanted, json::value body, const variables& of);

// A body that is no JSON is given as a missing node, and meets no JSON condition.
bool meets(const rule& wanted, const http::response& got, json::value body, const variables& of);

}  // namespace reclaim::connectors
