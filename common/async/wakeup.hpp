#pragma once
// A remembered nudge: notify() before anybody waits is not lost, and many become one. A timer's cancel() alone would
// lose the nudge that comes between two waits.
#include "common/async/deadline.hpp"

namespace reclaim::async {

class wakeup {
public:
    explicit wakeup(asio::any_io_executor executor) : timer_(std::move(executor)) {}

    void notify();
    // True when nudged, false when the deadline came first. One waiter at a time.
    asio::awaitable<bool> wait_until(steady::time_point deadline);

private:
    asio::steady_timer timer_;
    bool pending_ = false;
};

}  // namespace reclaim::async
