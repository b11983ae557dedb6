#pragma once
// One request to one place, and its answer or the way it failed. The programs send through http::client; a test answers
// from a script, so that what connectors and deliveries decide is tested without a socket.
#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/http/client.hpp"

#include <functional>

namespace reclaim::connectors {

namespace asio = boost::asio;

using exchange = std::function<asio::awaitable<result<http::response, http::failure>>(
    http::origin to, http::request what, async::steady::time_point deadline)>;

// The client must outlive the exchange.
exchange through(http::client& client);

// The header that proves who we are: "Authorization" with prefix "SSWS " or "Bearer ", or with none for a raw key.
struct credential {
    std::string header = "Authorization";
    std::string prefix;
    secret key;
};

http::header as_header(const credential& from);

}  // namespace reclaim::connectors
