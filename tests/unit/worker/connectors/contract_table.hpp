#pragma once
// A vendor's contract as data: contracts/NAME.toml says which requests deploy/recipes/NAME.toml sends, byte by byte,
// and what each documented answer becomes. Adding a vendor is adding a recipe and a table; contract_test.cpp reads them
// all.
#include "common/http/message.hpp"
#include "worker/connectors/text_template.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace reclaim::testing {

struct contract_row {
    http::response got;
    std::vector<std::string> pages;  // bodies answered before `got`, with status 200
    std::string outcome;             // a word of outcome_word.hpp
};

// One call: what it sends ("GET /x", headers, body), and its answers.
struct contract_call {
    std::string request;
    std::vector<std::string> next_requests;  // lines of the pages after the first
    http::headers headers;                   // in order, without credential and operation
    std::string body;
    std::string well;  // the body of a good answer: held for a look, healthy for a health call
    std::vector<contract_row> rows;
};

struct contract_table {
    std::string name;
    std::string url;  // as in the configuration, its base path included
    connectors::variables vars;
    contract_call check, revoke, health;
};

// Throws setup_error naming file, line and key of what is wrong with the table.
contract_table load_contract(const std::filesystem::path& file);

}  // namespace reclaim::testing
