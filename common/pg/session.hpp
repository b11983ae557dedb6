#pragma once
// A database connection that mends itself: opened when first needed, dropped when broken, opened again with a jittered
// pause between failures. While it is down every call fails at once, so that callers can say so (503) instead of
// queueing. One caller at a time, as for a connection.
#include "common/pg/connection.hpp"

#include <chrono>
#include <random>

namespace reclaim::pg {

class session {
public:
    session(asio::any_io_executor executor, connect_options options);

    // As connection::transact and ::query. Throws connection_lost at once while the last attempt to connect is too
    // fresh.
    asio::awaitable<std::vector<rows>> transact(std::vector<call> calls, steady::time_point deadline);
    asio::awaitable<rows> query(const statement& what, params with, steady::time_point deadline);

    // The open connection, for LISTEN and session locks. Owned by the session; gone after the next failure.
    asio::awaitable<connection*> ready(steady::time_point deadline);
    bool up() const { return connection_ && !connection_->broken(); }
    // When it makes sense to try again after a failure.
    steady::time_point next_attempt() const { return next_attempt_; }
    void close() { connection_.reset(); }

private:
    asio::any_io_executor executor_;
    connect_options options_;
    std::unique_ptr<connection> connection_;
    steady::time_point next_attempt_{};
    std::chrono::milliseconds pause_{0};
    std::minstd_rand dice_;
};

}  // namespace reclaim::pg
