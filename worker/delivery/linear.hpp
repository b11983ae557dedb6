#pragma once
// Opens cleanup tickets in Linear. Our UUID is the id, so the second create of a ticket is refused by Linear
// itself and turned into a lookup here; a ticket exists at most once however often it is sent. Never retries by itself.
#include "worker/connectors/exchange.hpp"
#include "worker/delivery/ticket.hpp"

namespace reclaim::delivery {

class linear {
public:
    // Base is e.g. https://api.linear.app; "/graphql" is appended. An API key goes without prefix, a token with "Bearer
    // ".
    linear(connectors::exchange send, http::origin base, connectors::credential with, std::string team_id);

    // From the next request on.
    void use(connectors::credential with) { with_ = std::move(with); }

    // One create, and one lookup when Linear says that the id is taken. Never answers absent.
    boost::asio::awaitable<ticket_answer> create(const ticket& frozen, async::steady::time_point deadline);
    boost::asio::awaitable<ticket_answer> find(std::string ticket_id, async::steady::time_point deadline);
    // Empty: the key works and sees the team. Else what is wrong and the fix.
    boost::asio::awaitable<std::string> health(async::steady::time_point deadline);

private:
    boost::asio::awaitable<result<http::response, http::failure>>
    post(std::string_view document, std::string_view variables_json, async::steady::time_point deadline);

    connectors::exchange send_;
    http::origin base_;
    connectors::credential with_;
    std::string team_id_;
};

}  // namespace reclaim::delivery
