#pragma once
// What Linear's answers mean. Pure. The errors of the body decide, the HTTP status only when there are none: Linear
// answers failures with 200 and rate limits with 400.
#include "common/http/message.hpp"
#include "worker/delivery/ticket.hpp"

#include <chrono>
#include <string_view>
#include <variant>

namespace reclaim::delivery {

// An object is in the way: our own issue from an earlier create, or a leftover of its description. One lookup tells.
struct conflict {
    std::string why_if_absent;
};

using creation = std::variant<ticket_answer, conflict>;

creation read_created(const http::response& got, std::string_view ticket_id, std::chrono::system_clock::time_point now);
ticket_answer read_found(const http::response& got, std::string_view ticket_id,
                         std::chrono::system_clock::time_point now);
// Of attaching the link.
obstacle read_attached(const http::response& got, std::chrono::system_clock::time_point now);
// Of a comment; one that Linear has under our id already is there.
obstacle read_commented(const http::response& got, std::string_view comment_id,
                        std::chrono::system_clock::time_point now);
// Empty when the credential works and sees the team; else what is wrong and the fix.
std::string read_preflight(const http::response& got, std::string_view team_id);

// How long Linear's rate limit asks us to wait: Retry-After, else the time in which the emptied bucket refills by what
// one request costs, else a minute. The reset header is an hour ahead even for a bucket that is nearly full, so it only
// caps.
std::chrono::milliseconds linear_wait(const http::headers& in, std::chrono::system_clock::time_point now);

}  // namespace reclaim::delivery
