#pragma once
// What a vendor's answer means. Pure: the same answer, variables and time give the same outcome, so every row of a
// vendor's contract is one line of a test. An answer no rule knows is unknown, never a success.
#include "common/http/message.hpp"
#include "common/json/document.hpp"
#include "worker/connectors/call.hpp"
#include "worker/connectors/outcome.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>

namespace reclaim::connectors {

constexpr json::limits answer_limits{.depth_max = 32, .members_max = 65536};

struct reading {
    outcome what;
    std::string assignment;     // for the evidence, "" when the answer does not tell
    variables saved;            // what an answer that reads "held" told for the removal
    std::string captured = {};  // of a seat that is held, see capture.hpp
};

reading classify(const call& made, std::span<const wait_rule> waits, const http::response& got, const variables& of,
                 std::chrono::system_clock::time_point now);

// For a health call: nothing when base URL and credential are proven, else the trouble.
std::optional<outcome> find_trouble(const call& made, std::span<const wait_rule> waits, const http::response& got,
                                    const variables& of, std::chrono::system_clock::time_point now);

}  // namespace reclaim::connectors
