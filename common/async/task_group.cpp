#include "common/async/task_group.hpp"

#include "common/log/logger.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <cassert>

namespace reclaim::async {

task_group::~task_group()
{
    assert(running_.empty());
}

std::weak_ptr<asio::cancellation_signal> task_group::spawn(std::string name, asio::awaitable<void> task)
{
    const auto self = running_.insert(running_.end(), std::make_shared<asio::cancellation_signal>());
    const std::weak_ptr<asio::cancellation_signal> ends_it = *self;
    auto done = [this, self, name = std::move(name)](std::exception_ptr failure) {
        running_.erase(self);
        if (running_.empty())
            empty_.cancel();
        if (!failure)
            return;
        try {
            std::rethrow_exception(failure);
        } catch (const boost::system::system_error& e) {
            const bool as_asked = cancelled_ && e.code() == asio::error::operation_aborted;
            if (!as_asked)
                log::error("task_failed", {{"task", name}, {"why", e.what()}});
        } catch (const std::exception& e) {
            log::error("task_failed", {{"task", name}, {"why", e.what()}});
        } catch (...) {
            log::error("task_failed", {{"task", name}, {"why", "an exception of unknown type"}});
        }
    };
    asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot((*self)->slot(), std::move(done)));
    return ends_it;
}

void task_group::cancel()
{
    cancelled_ = true;
    // emit() may run a task to its end and erase it: step past it first, and keep the signal alive meanwhile.
    for (auto it = running_.begin(); it != running_.end();) {
        const auto signal = *it++;
        signal->emit(asio::cancellation_type::terminal);
    }
}

asio::awaitable<bool> task_group::drain(steady::time_point deadline)
{
    while (!running_.empty() && steady::now() < deadline) {
        empty_.expires_at(deadline);
        co_await empty_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return running_.empty();
}

}  // namespace reclaim::async
