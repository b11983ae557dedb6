#include "common/http/alarm.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

// Inside, because POSIX has an alarm() of its own.
namespace reclaim::http {

using namespace std::chrono_literals;

TEST_CASE("an alarm rings after its deadline, not before, and again until it is cleared")
{
    asio::io_context context(1);
    alarm_clock clock(context.get_executor());
    int rings = 0;
    steady::time_point first;
    alarm one(clock, [&] {
        if (++rings == 1)
            first = steady::now();
        if (rings == 3)
            context.stop();
    });
    const auto deadline = steady::now() + 20ms;
    one.set(deadline);
    CHECK_FALSE(one.rang());
    context.run_for(5s);
    CHECK(rings == 3);
    CHECK(first >= deadline);
    CHECK(one.rang());
    one.clear();
    CHECK_FALSE(one.rang());
}

TEST_CASE("an alarm moved later does not ring at the earlier time, one moved earlier does not wait for the later")
{
    asio::io_context context(1);
    alarm_clock clock(context.get_executor());
    std::string order;
    alarm moved_later(clock, [&] {
        order += 'l';
        moved_later.clear();
    });
    alarm moved_earlier(clock, [&] {
        order += 'e';
        moved_earlier.clear();
    });
    alarm middle(clock, [&] {
        order += 'm';
        middle.clear();
    });
    const auto now = steady::now();
    moved_later.set(now + 5ms);
    moved_later.set(now + 60ms);
    middle.set(now + 30ms);
    moved_earlier.set(now + 10min);
    moved_earlier.set(now + 10ms);
    context.run_for(5s);
    CHECK(order == "eml");
}

TEST_CASE("a cleared alarm does not ring, and without alarms the event loop ends")
{
    asio::io_context context(1);
    alarm_clock clock(context.get_executor());
    bool rang = false;
    {
        alarm gone(clock, [&] { rang = true; });
        gone.set(steady::now() + 10min);
    }
    alarm cleared(clock, [&] { rang = true; });
    cleared.set(steady::now() + 1ms);
    cleared.clear();
    const auto began = steady::now();
    context.run_for(5s);
    CHECK(steady::now() - began < 4s);
    CHECK_FALSE(rang);
}

}  // namespace reclaim::http
