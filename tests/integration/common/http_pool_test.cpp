// Which connections the client keeps, uses again, shares out and gives up.
#include "http_calling.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace http_test;
using reclaim::async::task_group;
using kind = failure::kind;

TEST_CASE("sequential requests share one connection")
{
    calling caller;
    scripted_server vendor(caller.events, {always_ok});
    for (int i = 0; i < 200; ++i)
        REQUIRE(caller.call(vendor.port(), i % 2 ? "POST" : "GET").got->body == "ok");
    CHECK(vendor.connections() == 1);
}

TEST_CASE(
    "a connection is not reused when the peer announced the close, sent more than the answer, or was idle too long")
{
    SECTION("announced")
    {
        calling caller;
        scripted_server vendor(caller.events,
                               {say_once("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")});
        CHECK(caller.call(vendor.port()).got);
        CHECK(caller.call(vendor.port(), "POST").got);
        CHECK(vendor.connections() == 2);
    }
    SECTION("closed without a word")
    {
        calling caller;
        scripted_server vendor(caller.events, {say_once(ok), always_ok});
        CHECK(caller.call(vendor.port()).got);
        CHECK(caller.call(vendor.port(), "POST").got);  // the close was seen before anything was sent
        CHECK(vendor.connections() == 2);
    }
    SECTION("a second answer nobody asked for, in the same segment")
    {
        calling caller;
        const auto twice = [](tcp::socket socket) -> asio::awaitable<void> {
            co_await hear_request(socket);
            co_await say(socket, ok + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
            co_await hear_all(socket);
        };
        scripted_server vendor(caller.events, {twice, always_ok});
        CHECK(caller.call(vendor.port()).got->body == "ok");
        CHECK(caller.call(vendor.port(), "POST").got->body == "ok");
        CHECK(vendor.connections() == 2);
    }
    SECTION("a second answer nobody asked for, later")
    {
        calling caller;
        bool said = false;
        const auto later = [&](tcp::socket socket) -> asio::awaitable<void> {
            co_await hear_request(socket);
            co_await say(socket, ok);
            asio::steady_timer pause(co_await asio::this_coro::executor, 20ms);
            co_await pause.async_wait(asio::use_awaitable);
            co_await say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong");
            said = true;
            co_await hear_all(socket);
        };
        scripted_server vendor(caller.events, {later, always_ok});
        CHECK(caller.call(vendor.port()).got->body == "ok");
        caller.events.run_until([&] { return said; });
        CHECK(caller.call(vendor.port(), "POST").got->body == "ok");
        CHECK(vendor.connections() == 2);
    }
    SECTION("idle too long")
    {
        client_options options;
        options.idle_max = 0s;
        calling caller(options);
        scripted_server vendor(caller.events, {always_ok});
        CHECK(caller.call(vendor.port()).got);
        CHECK(caller.call(vendor.port()).got);
        CHECK(vendor.connections() == 2);
    }
}

TEST_CASE("a GET that dies on a reused connection before any answer byte is sent once more; a POST never is")
{
    const auto one_then_close = [](tcp::socket socket) -> asio::awaitable<void> {
        co_await hear_request(socket);
        co_await say(socket, ok);
        co_await hear_request(socket);
    };
    const auto one_then_half = [](tcp::socket socket) -> asio::awaitable<void> {
        co_await hear_request(socket);
        co_await say(socket, ok);
        co_await hear_request(socket);
        co_await say(socket, "HTTP/1.1 200 OK\r\n");
    };
    SECTION("GET")
    {
        calling caller;
        scripted_server vendor(caller.events, {one_then_close, always_ok});
        CHECK(caller.call(vendor.port()).got);
        CHECK(caller.call(vendor.port()).got);
        CHECK(vendor.connections() == 2);
    }
    SECTION("POST and DELETE")
    {
        for (const std::string method : {"POST", "DELETE"}) {
            calling caller;
            scripted_server vendor(caller.events, {one_then_close, always_ok});
            CHECK(caller.call(vendor.port()).got);
            const auto second = caller.call(vendor.port(), method);
            REQUIRE(second.failed);
            CHECK(second.failed->what == kind::unanswered);
            CHECK(vendor.connections() == 1);
        }
    }
    SECTION("GET whose answer had begun")
    {
        calling caller;
        scripted_server vendor(caller.events, {one_then_half, always_ok});
        CHECK(caller.call(vendor.port()).got);
        CHECK(caller.call(vendor.port()).failed->what == kind::unanswered);
        CHECK(vendor.connections() == 1);
    }
    SECTION("GET that dies again on the fresh connection")
    {
        calling caller;
        scripted_server vendor(caller.events, {one_then_close, say_once("")});
        CHECK(caller.call(vendor.port()).got);
        CHECK(caller.call(vendor.port()).failed->what == kind::unanswered);
        CHECK(vendor.connections() == 2);
    }
}

TEST_CASE("more calls than connections wait their turn in order, and nobody is lost")
{
    client_options options;
    options.connections_per_origin_max = 2;
    calling caller(options);
    int open = 0;
    int most = 0;
    const auto counted = [&](tcp::socket socket) -> asio::awaitable<void> {
        most = std::max(most, ++open);
        co_await always_ok(std::move(socket));
        --open;
    };
    scripted_server vendor(caller.events, {counted});
    std::vector<int> order;
    task_group calls(caller.events.context.get_executor());
    const auto one = [](client& with, origin to, int number, std::vector<int>& done) -> asio::awaitable<void> {
        const auto result = co_await with.send(to, {"POST", "/", {}, ""}, steady::now() + 10s);
        if (result)
            done.push_back(number);
    };
    for (int i = 0; i < 50; ++i)
        calls.spawn("call", one(caller.under_test, calling::at(vendor.port()), i, order));
    caller.events.run_until([&] { return calls.size() == 0; });
    CHECK(order.size() == 50);
    CHECK(most == 2);
    for (std::size_t i = 2; i < order.size(); ++i)
        CHECK(std::abs(order[i] - static_cast<int>(i)) <= 2);
}

TEST_CASE("a call that finds no free connection until its deadline is not_sent")
{
    client_options options;
    options.connections_per_origin_max = 1;
    calling caller(options);
    bool heard = false;
    const auto busy = [&](tcp::socket socket) -> asio::awaitable<void> {
        co_await hear_request(socket);
        heard = true;
        co_await hear_all(socket);
    };
    scripted_server vendor(caller.events, {busy, always_ok});
    task_group calls(caller.events.context.get_executor());
    const auto one = [](client& with, origin to) -> asio::awaitable<void> {
        co_await with.send(to, {"POST", "/", {}, ""}, steady::now() + 10s);
    };
    calls.spawn("holder", one(caller.under_test, calling::at(vendor.port())));
    caller.events.run_until([&] { return heard; });

    const auto waited = caller.call(vendor.port(), "POST", 80ms);
    REQUIRE(waited.failed);
    CHECK(waited.failed->what == kind::not_sent);

    // Cancelled in the middle: its connection is closed and its place is free again, also for one cancelled in the
    // line.
    calls.spawn("in line", one(caller.under_test, calling::at(vendor.port())));
    caller.events.context.restart();
    caller.events.context.poll();
    caller.events.end(calls);
    CHECK(caller.call(vendor.port(), "POST").got->body == "ok");
    CHECK(vendor.connections() == 2);
}

TEST_CASE("calls cancelled at random moments never leak a place in the pool")
{
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937 dice(seed);
    client_options options;
    options.connections_per_origin_max = 3;
    calling caller(options);
    scripted_server vendor(caller.events, {always_ok});
    const auto one = [](client& with, origin to) -> asio::awaitable<void> {
        co_await with.send(to, {"GET", "/", {}, ""}, steady::now() + 10s);
    };
    for (int round = 0; round < 200; ++round) {
        task_group calls(caller.events.context.get_executor());
        for (auto count = 1 + dice() % 8; count > 0; --count)
            calls.spawn("call", one(caller.under_test, calling::at(vendor.port())));
        caller.events.context.restart();
        for (auto steps = dice() % 60; steps > 0; --steps)
            caller.events.context.poll_one();
        caller.events.end(calls);
    }
    // All three places must be there: three calls at once, each of which waits for the other two.
    int together = 0;
    asio::steady_timer all_here(caller.events.context, steady::time_point::max());
    const auto gathering = [&](tcp::socket socket) -> asio::awaitable<void> {
        co_await hear_request(socket);
        if (++together == 3)
            all_here.cancel();
        else
            co_await all_here.async_wait(as_values);
        co_await say(socket, ok);
        co_await hear_all(socket);
    };
    scripted_server other(caller.events, {gathering});
    CHECK(caller.call(vendor.port()).got);
    task_group calls(caller.events.context.get_executor());
    int answered = 0;
    const auto counted = [](client& with, origin to, int& done) -> asio::awaitable<void> {
        done += (co_await with.send(to, {"GET", "/", {}, ""}, steady::now() + 10s)).has_value();
    };
    for (int i = 0; i < 3; ++i)
        calls.spawn("call", counted(caller.under_test, calling::at(other.port()), answered));
    caller.events.run_until([&] { return calls.size() == 0; });
    CHECK(answered == 3);
}

TEST_CASE("after close nothing of the client keeps the event loop running")
{
    calling caller;
    {
        scripted_server vendor(caller.events, {always_ok});
        CHECK(caller.call(vendor.port()).got);
        caller.under_test.close();
    }
    CHECK(caller.events.runs_dry(2s));
}
