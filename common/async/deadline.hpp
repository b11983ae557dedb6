#pragma once
// A bound for any wait. Times are steady: a changed wall clock moves no deadline.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <optional>

namespace reclaim::async {

namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

// Runs op until it ends or the deadline passes; then op is cancelled and its end is awaited. Nothing is returned when
// op ended because of that; a value it had all the same is returned, since what op did is done. An exception of op is
// rethrown at once (op || timer would wait for the timer and lose it), and so is the caller's own cancellation.
template <class T>
asio::awaitable<std::optional<T>> with_deadline(asio::awaitable<T> op, steady::time_point deadline)
{
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, deadline);
    auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(op), asio::deferred),
                                                         timer.async_wait(asio::deferred));
    auto [order, failure, value, timer_error] =
        co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    if (!failure)
        co_return std::optional<T>(std::move(value));
    const bool deadline_passed = order[0] == 1 && !timer_error;
    if (!deadline_passed)
        std::rethrow_exception(failure);
    co_return std::nullopt;
}

}  // namespace reclaim::async
