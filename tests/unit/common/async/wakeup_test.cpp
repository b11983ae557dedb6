#include "common/async/wakeup.hpp"
#include "tests/support/run_coroutine.hpp"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using reclaim::async::steady;
using reclaim::async::wakeup;
using reclaim::testing::run;

TEST_CASE("a nudge before anybody waits is not lost")
{
    run([]() -> asio::awaitable<void> {
        wakeup bell(co_await asio::this_coro::executor);
        bell.notify();
        const bool nudged = co_await bell.wait_until(steady::now() + 1h);
        CHECK(nudged);
    });
}

TEST_CASE("many nudges become one")
{
    run([]() -> asio::awaitable<void> {
        wakeup bell(co_await asio::this_coro::executor);
        bell.notify();
        bell.notify();
        const bool first = co_await bell.wait_until(steady::now() + 1h);
        const bool second = co_await bell.wait_until(steady::now() + 1ms);
        CHECK(first);
        CHECK_FALSE(second);
    });
}

TEST_CASE("a nudge ends a wait long before its deadline")
{
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        wakeup bell(executor);
        asio::post(executor, [&] { bell.notify(); });
        const bool nudged = co_await bell.wait_until(steady::now() + 1h);
        CHECK(nudged);
    });
}

TEST_CASE("without a nudge a wait ends at its deadline, not before")
{
    run([]() -> asio::awaitable<void> {
        wakeup bell(co_await asio::this_coro::executor);
        const auto deadline = steady::now() + 5ms;
        const bool nudged = co_await bell.wait_until(deadline);
        CHECK_FALSE(nudged);
        CHECK(steady::now() >= deadline);
    });
}

TEST_CASE("a nudge in the moment of the deadline still counts")
{
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        wakeup bell(executor);
        // Expired already, so the timer's end is queued ahead of the nudge.
        asio::post(executor, [&] { bell.notify(); });
        const bool at_deadline = co_await bell.wait_until(steady::now() - 1s);
        const bool nudged = at_deadline || co_await bell.wait_until(steady::now() + 1h);
        CHECK(nudged);
    });
}
