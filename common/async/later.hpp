#pragma once
// One value that comes later, set by one coroutine and awaited by another. Share it by shared_ptr: either side may go
// first.
#include "common/async/wakeup.hpp"

#include <utility>

namespace reclaim::async {

template <class T>
class later {
public:
    explicit later(asio::any_io_executor executor) : arrived_(std::move(executor)) {}

    void set(T value)
    {
        value_.emplace(std::move(value));
        arrived_.notify();
    }
    void fail(std::exception_ptr why)
    {
        failure_ = std::move(why);
        arrived_.notify();
    }
    bool settled() const { return value_ || failure_; }

    // Rethrows what fail() was given. Ends with an exception when the waiting coroutine is cancelled.
    asio::awaitable<T> wait()
    {
        while (!settled())
            co_await arrived_.wait_until(steady::time_point::max());
        if (failure_)
            std::rethrow_exception(failure_);
        co_return std::move(*value_);
    }

private:
    wakeup arrived_;
    std::optional<T> value_;
    std::exception_ptr failure_;
};

}  // namespace reclaim::async
