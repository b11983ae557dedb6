#pragma once
// Reads the status of approvals for GET: one connection, used by one request after the other, so that polling can never
// slow down what writes.
#include "common/base/error.hpp"
#include "common/queue/approval_store.hpp"

#include <boost/asio/experimental/channel.hpp>

namespace reclaim::receiver {

namespace asio = boost::asio;
using async::steady;

class status_reader {
public:
    // JSON text, or nothing when this source sent no such approval. The error says why it cannot be told now.
    using answer = result<std::optional<std::string>>;

    status_reader(asio::any_io_executor executor, const pg::connect_options& database);

    asio::awaitable<answer> read(std::string_view source, std::string_view approval_id);

private:
    asio::awaitable<bool> take_turn();

    queue::approval_store store_;
    asio::experimental::channel<void(boost::system::error_code)> turn_;  // holds one token while nobody reads
};

}  // namespace reclaim::receiver
