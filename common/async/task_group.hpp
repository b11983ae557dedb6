#pragma once
// Owns spawned coroutines: nothing runs detached. The group must outlive its tasks: drain it before it is destroyed.
#include "common/async/deadline.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <cstddef>
#include <list>
#include <memory>
#include <string>

namespace reclaim::async {

class task_group {
public:
    explicit task_group(asio::any_io_executor executor) : executor_(std::move(executor)), empty_(executor_) {}
    ~task_group();
    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;

    // A task that ends by an exception is logged under the given name, unless cancel() asked for it; it never takes the
    // group down.
    // The signal ends this one task; it is gone when the task is.
    std::weak_ptr<asio::cancellation_signal> spawn(std::string name, asio::awaitable<void> task);
    std::size_t size() const { return running_.size(); }
    // Asks every task to end at its next await (terminal cancellation). Call it on the executor's own thread: from
    // outside the request would be queued, and a task may be gone before it arrives.
    void cancel();
    // True when the group became empty before the deadline.
    asio::awaitable<bool> drain(steady::time_point deadline);

private:
    asio::any_io_executor executor_;
    asio::steady_timer empty_;
    std::list<std::shared_ptr<asio::cancellation_signal>> running_;
    bool cancelled_ = false;
};

}  // namespace reclaim::async
