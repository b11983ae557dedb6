#include "common/async/deadline.hpp"
#include "common/async/wakeup.hpp"
#include "tests/support/run_coroutine.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;
using reclaim::async::steady;
using reclaim::async::with_deadline;
using reclaim::testing::run;

namespace {

asio::awaitable<int> answer()
{
    co_return 42;
}

asio::awaitable<int> fail_at_once()
{
    throw std::runtime_error("broken");
    co_return 0;
}

asio::awaitable<int> hang(std::string& end)
{
    asio::steady_timer never(co_await asio::this_coro::executor, steady::time_point::max());
    try {
        co_await never.async_wait(asio::use_awaitable);
    } catch (const boost::system::system_error& e) {
        end = e.code() == asio::error::operation_aborted ? "cancelled" : "failed";
        throw;
    }
    co_return 0;
}

// Needs a few turns of the loop to tidy up after it was cancelled, as a connection does.
asio::awaitable<int> hang_and_tidy(std::string& end)
{
    std::exception_ptr failure;
    try {
        co_await hang(end);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    const auto executor = co_await asio::this_coro::executor;
    for (int turn = 0; turn < 5; ++turn)
        co_await asio::post(executor, asio::use_awaitable);
    end += " and tidied";
    std::rethrow_exception(failure);
}

// Finishes its work although it was asked to stop, as a call does whose answer came in the same moment.
asio::awaitable<int> answer_when_cancelled()
{
    reclaim::async::wakeup never(co_await asio::this_coro::executor);
    co_await never.wait_until(steady::time_point::max());
    co_return 42;
}

}  // namespace

TEST_CASE("an operation that ends in time gives its value")
{
    run([]() -> asio::awaitable<void> {
        const auto value = co_await with_deadline(answer(), steady::now() + 1h);
        CHECK(value == 42);
    });
}

TEST_CASE("an exception of the operation is rethrown at once, not at the deadline")
{
    run([]() -> asio::awaitable<void> {
        std::string why;
        try {
            co_await with_deadline(fail_at_once(), steady::now() + 1h);
        } catch (const std::runtime_error& e) {
            why = e.what();
        }
        CHECK(why == "broken");
    });
}

TEST_CASE("an operation that hangs is cancelled at the deadline and awaited")
{
    std::string end;
    run([&]() -> asio::awaitable<void> {
        const auto value = co_await with_deadline(hang(end), steady::now() + 10ms);
        CHECK_FALSE(value);
        CHECK(end == "cancelled");
    });
}

TEST_CASE("a deadline in the past still cancels and awaits the operation")
{
    std::string end;
    run([&]() -> asio::awaitable<void> {
        const auto value = co_await with_deadline(hang(end), steady::now() - 1s);
        CHECK_FALSE(value);
        CHECK(end == "cancelled");
    });
}

TEST_CASE("an answer that came with the deadline is not thrown away")
{
    run([]() -> asio::awaitable<void> {
        const auto value = co_await with_deadline(answer_when_cancelled(), steady::now() + 10ms);
        CHECK(value == 42);
    });
}

TEST_CASE("cancelling the caller ends the operation and is not mistaken for the deadline")
{
    std::string operation_end;
    std::string caller_end;
    run([&]() -> asio::awaitable<void> {
        auto caller = [&]() -> asio::awaitable<int> {
            try {
                const auto value = co_await with_deadline(hang_and_tidy(operation_end), steady::now() + 1h);
                caller_end = value ? "value" : "deadline";
            } catch (const boost::system::system_error&) {
                caller_end = "cancelled";
            }
            co_return 0;
        };
        co_await with_deadline(caller(), steady::now() + 10ms);
    });
    CHECK(operation_end == "cancelled and tidied");
    CHECK(caller_end == "cancelled");
}
