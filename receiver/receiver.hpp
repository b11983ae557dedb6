#pragma once
// The whole program but for the process: builds the parts, knows the order in which they start and stop.
#include "receiver/config.hpp"

#include <memory>

namespace reclaim::receiver {

class receiver {
public:
    receiver(asio::any_io_executor executor, receiver_config config);
    ~receiver();

    // Throws setup_error: an address that cannot be bound, a certificate that cannot be read, a clock that is wrong. A
    // database that is away is no reason not to start: senders are told 503 until it is back.
    asio::awaitable<void> start();
    // Takes no more connections, finishes the requests in progress, records what waits. Less than 5 s.
    asio::awaitable<void> stop();

    // The sources' secrets and status tokens of the same configuration, read anew. A request that is being answered was
    // judged by the old ones.
    void use_secrets(receiver_config fresh);

    std::uint16_t port() const;
    std::uint16_t ops_port() const;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace reclaim::receiver
