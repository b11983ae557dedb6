#pragma once
// One of the requests a recipe is made of: how it is written and how its answers are read.
#include "worker/connectors/capture.hpp"
#include "worker/connectors/rules.hpp"

#include <optional>
#include <string>
#include <vector>

namespace reclaim::connectors {

// The answer must repeat what was asked about; a cache, a proxy or a bug may answer with somebody else's seat.
struct echo {
    std::string at;  // JSON pointer
    text_template equals;
};

struct call {
    // A check and a health call ask for a document, so 2xx without JSON is nonsense; a revoke or
    // restore may be answered with nothing.
    enum class purpose { check, revoke, health, restore } why = purpose::check;
    std::string method = "GET";
    text_template path;
    std::optional<json_template> body;
    std::vector<rule> rules;  // in order, the recipe's common rules last
    std::optional<connectors::echo> echo;
    std::vector<capture> captures;  // check only: what a restore wants to know of a seat that is held
    std::string assignment_at;      // JSON pointer to how the seat is assigned, "" when the vendor does not tell
    status_set expected;            // health only: these statuses prove that base URL and credential are good

    std::string operation() const { return method + " " + path.source(); }
};

}  // namespace reclaim::connectors
