#pragma once
// A bound on how many coroutines do one thing at once, first come, first served. One thread, so no lock; a place in the
// queue costs one timer. Must outlive every holder and every waiter.
#include "common/async/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <list>
#include <optional>
#include <utility>

namespace reclaim::connectors {

class slots {
public:
    // Gives its slot back when it goes.
    class holder {
    public:
        explicit holder(slots* from) : from_(from) {}
        holder(holder&& other) noexcept : from_(std::exchange(other.from_, nullptr)) {}
        holder& operator=(holder&& other) noexcept
        {
            std::swap(from_, other.from_);
            return *this;
        }
        ~holder()
        {
            if (from_)
                from_->give_back();
        }

    private:
        slots* from_;
    };

    explicit slots(std::size_t count) : free_(count) {}
    slots(const slots&) = delete;
    slots& operator=(const slots&) = delete;

    // Nothing when none became free before the deadline or the wait was cancelled.
    boost::asio::awaitable<std::optional<holder>> take(async::steady::time_point deadline);

private:
    struct waiter {
        boost::asio::steady_timer timer;
        bool granted = false;
    };
    void give_back();

    std::size_t free_;
    std::list<waiter*> waiting_;
};

}  // namespace reclaim::connectors
