#pragma once
// Opens cleanup tickets in Linear. Our UUID is the id, so the second create of a ticket is refused by Linear
// itself and turned into a lookup here; a ticket exists at most once however often it is sent. Never retries by itself.
#include "worker/connectors/exchange.hpp"
#include "worker/delivery/ticket.hpp"
#include "worker/delivery/window.hpp"

namespace reclaim::delivery {

class linear {
public:
    // Base is e.g. https://api.linear.app; "/graphql" is appended. An API key goes without prefix, a token with "Bearer
    // ".
    linear(connectors::exchange send, http::origin base, connectors::credential with,
           std::vector<std::string> team_ids);

    // From the next request on.
    void use(connectors::credential with) { with_ = std::move(with); }

    // One create, and one lookup when Linear says that the id is taken. Never answers absent.
    boost::asio::awaitable<ticket_answer> create(const ticket& frozen, async::steady::time_point deadline);
    boost::asio::awaitable<ticket_answer> find(std::string ticket_id, async::steady::time_point deadline);
    // The link of a ticket that is open. Repeats harmlessly.
    boost::asio::awaitable<obstacle> attach(const ticket& frozen, async::steady::time_point deadline);
    // A comment on a ticket that is open: the complete CommentCreateInput, with our UUID v4 in it. Repeats harmlessly.
    boost::asio::awaitable<obstacle> comment(std::string id, std::string frozen_json,
                                             async::steady::time_point deadline);
    // Empty: the key works and sees the teams. Else what is wrong and the fix.
    boost::asio::awaitable<std::string> health(async::steady::time_point deadline);

    // How many may call now. The caller's to keep to and to tell of answers: it knows which calls belong together.
    window& calls() { return calls_; }

private:
    boost::asio::awaitable<result<http::response, http::failure>>
    post(std::string_view document, std::string_view variables_json, async::steady::time_point deadline);

    connectors::exchange send_;
    http::origin base_;
    connectors::credential with_;
    std::vector<std::string> team_ids_;
    window calls_;
};

}  // namespace reclaim::delivery
