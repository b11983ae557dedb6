#include "worker/connectors/exchange.hpp"

namespace reclaim::connectors {

exchange through(http::client& client)
{
    return [&client](http::origin to, http::request what,
                     async::steady::time_point deadline) -> asio::awaitable<result<http::response, http::failure>> {
        co_return co_await client.send(to, std::move(what), deadline);
    };
}

http::header as_header(const credential& from)
{
    return {from.header, from.prefix + std::string(from.key.reveal())};
}

}  // namespace reclaim::connectors
