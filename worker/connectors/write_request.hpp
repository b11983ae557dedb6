#pragma once
// A call of a recipe as the bytes that are sent. Pure, so that what a recipe sends is pinned by a table.
#include "common/http/message.hpp"
#include "worker/connectors/call.hpp"
#include "worker/connectors/exchange.hpp"

namespace reclaim::connectors {

// Path and query, escaped part by part.
result<std::string, unfilled> write_target(const call& made, const variables& of);

// `common` are the recipe's headers; a call's own one of the same name takes its place.
result<http::request, unfilled> write_request(const call& made, const std::vector<pair_template>& common,
                                              const http::header& credential, const variables& of);

}  // namespace reclaim::connectors
