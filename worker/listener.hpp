#pragma once
// The session that proves this worker alive and hears of new work: it holds the advisory lock of the registration and
// LISTENs. It needs a direct connection; behind a transaction pooler the worker registers without it, polls, and is
// found dead by its leases.
#include "common/pg/session.hpp"

#include <functional>

namespace reclaim::worker {

namespace asio = boost::asio;
using async::steady;

class listener {
public:
    struct events {
        std::function<void()> jobs;        // new or freed jobs
        std::function<void()> gates;       // a gate was closed or opened
        std::function<void()> lost;        // the session and its lock are gone
        std::function<void()> registered;  // and here they are again
    };
    listener(asio::any_io_executor executor, pg::connect_options database, pg::uuid worker, events on);

    asio::awaitable<void> run();
    void stop() { stopping_ = true; }
    bool up() const { return session_.up(); }

private:
    asio::awaitable<void> register_and_listen();
    void forget();

    pg::uuid worker_;
    bool pooled_;
    pg::session session_;
    events on_;
    bool registered_ = false;
    bool stopping_ = false;
};

}  // namespace reclaim::worker
