#pragma once
// Runs one coroutine on a loop of its own until it ends; a test that hangs fails after a few seconds instead.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>

namespace reclaim::testing {

inline void run(std::function<boost::asio::awaitable<void>()> body,
                std::chrono::seconds limit = std::chrono::seconds(10))
{
    boost::asio::io_context loop(1);
    bool ended = false;
    std::exception_ptr failure;
    boost::asio::co_spawn(loop, body, [&](std::exception_ptr e) {
        ended = true;
        failure = e;
    });
    loop.run_for(limit);
    if (failure)
        std::rethrow_exception(failure);
    if (!ended)
        throw std::runtime_error("the coroutine did not end in time");
}

}  // namespace reclaim::testing
