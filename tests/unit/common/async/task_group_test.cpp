#include "common/async/task_group.hpp"
#include "common/async/wakeup.hpp"
#include "tests/support/captured_stderr.hpp"
#include "tests/support/run_coroutine.hpp"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using reclaim::async::steady;
using reclaim::async::task_group;
using reclaim::async::wakeup;
using reclaim::testing::captured_stderr;
using reclaim::testing::run;

namespace {

asio::awaitable<void> hang()
{
    asio::steady_timer never(co_await asio::this_coro::executor, steady::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
}

asio::awaitable<void> fail(const char* why)
{
    throw std::runtime_error(why);
    co_return;
}

asio::awaitable<void> count(int& runs)
{
    ++runs;
    co_return;
}

asio::awaitable<void> wait_for(wakeup& bell, int& ended)
{
    co_await bell.wait_until(steady::time_point::max());
    ++ended;
}

asio::awaitable<void> spawn_another(task_group& group, int& runs)
{
    group.spawn("inner", count(runs));
    co_return;
}

}  // namespace

TEST_CASE("a group without tasks drains at once")
{
    run([]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        const bool empty = co_await group.drain(steady::now() + 1h);
        CHECK(empty);
    });
}

TEST_CASE("drain waits for the running tasks and returns long before its deadline")
{
    run([]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        task_group group(executor);
        wakeup bell(executor);
        int ended = 0;
        group.spawn("waiter", wait_for(bell, ended));
        CHECK(group.size() == 1);
        asio::post(executor, [&] { bell.notify(); });
        const bool empty = co_await group.drain(steady::now() + 1h);
        CHECK(empty);
        CHECK(ended == 1);
        CHECK(group.size() == 0);
    });
}

TEST_CASE("drain gives up at its deadline and the task still runs")
{
    run([]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.spawn("hanging", hang());
        const bool empty = co_await group.drain(steady::now() + 5ms);
        CHECK_FALSE(empty);
        CHECK(group.size() == 1);
        group.cancel();
        const bool after_cancel = co_await group.drain(steady::now() + 1h);
        CHECK(after_cancel);
    });
}

TEST_CASE("cancel ends every task, and that is no failure to log")
{
    captured_stderr log;
    run([]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        for (int i = 0; i < 20; ++i)
            group.spawn("hanging", hang());
        CHECK(group.size() == 20);
        group.cancel();
        const bool empty = co_await group.drain(steady::now() + 1h);
        CHECK(empty);
    });
    CHECK(log.text() == "");
}

TEST_CASE("a task that throws is logged by name, and the group lives on")
{
    captured_stderr log;
    int runs = 0;
    run([&]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.spawn("claimer", fail("no more coffee"));
        group.spawn("other", count(runs));
        const bool empty = co_await group.drain(steady::now() + 1h);
        CHECK(empty);
        group.spawn("later", count(runs));
        const bool empty_again = co_await group.drain(steady::now() + 1h);
        CHECK(empty_again);
    });
    CHECK(runs == 2);
    const std::string line = log.text();
    CHECK_THAT(line, Catch::Contains(R"("event":"task_failed","task":"claimer","why":"no more coffee")"));
    CHECK_THAT(line, !Catch::Contains(R"("task":"other")"));
}

TEST_CASE("a task's own signal ends that task alone, and is gone with it")
{
    captured_stderr log;
    run([]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        const auto ends_first = group.spawn("first", hang());
        const auto ends_second = group.spawn("second", hang());
        ends_first.lock()->emit(asio::cancellation_type::terminal);
        while (!ends_first.expired())
            co_await asio::post(asio::use_awaitable);
        CHECK(group.size() == 1);
        CHECK(ends_first.expired());
        CHECK_FALSE(ends_second.expired());
        group.cancel();
        const bool empty = co_await group.drain(steady::now() + 1h);
        CHECK(empty);
    });
}

TEST_CASE("a task may start another while the group drains")
{
    int runs = 0;
    run([&]() -> asio::awaitable<void> {
        task_group group(co_await asio::this_coro::executor);
        group.spawn("outer", spawn_another(group, runs));
        const bool empty = co_await group.drain(steady::now() + 1h);
        CHECK(empty);
    });
    CHECK(runs == 1);
}
