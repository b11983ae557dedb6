#pragma once
// Reads the parts of which the calls of a recipe file are made: templates, classify rules, wait rules, status lists.
// Problems are added to the table they belong to.
#include "common/config/reader.hpp"
#include "worker/connectors/call.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::connectors {

// Adds a problem when a template uses a variable the recipe does not declare.
void require_declared(config::table& at, std::string_view key, const std::vector<std::string>& used,
                      std::span<const std::string> declared);

// A required text that is a template with declared variables.
text_template read_template(config::table& at, std::string_view key, std::span<const std::string> declared);

// Every name = "template" of the table.
std::vector<pair_template> read_pairs(config::table at, std::span<const std::string> declared);

// `at` and `where` of the table.
selector read_selector(config::table& at, std::span<const std::string> declared);

// ["204", "5xx"]; an empty list is every status.
status_set read_statuses(config::table& at, std::string_view key);

// Every [[classify]] of the table, in order. Refuses results not in `allowed` and rules that an earlier one hides.
std::vector<rule> read_rules(config::table& at, std::span<const verdict> allowed,
                             std::span<const std::string> declared);

// Every [[wait]] of the table, in order.
std::vector<wait_rule> read_waits(config::table& at);

// [allowance]: headers `left` and `of`, and `reset` with the unit and minus of a wait rule.
std::optional<allowance_rule> read_allowance(config::table at);

}  // namespace reclaim::connectors
