// The client against hand-written servers that misbehave in every way that matters for "can it have been applied?".
#include "http_calling.hpp"

#include <catch2/catch.hpp>

using namespace http_test;
using kind = failure::kind;

TEST_CASE("nothing left is not_sent: nobody listens, no time, a request that cannot be written")
{
    calling caller;
    std::uint16_t closed_port = 0;
    {
        tcp::acceptor gone(caller.events.context, {asio::ip::address_v4::loopback(), 0});
        closed_port = gone.local_endpoint().port();
    }
    const auto refused = caller.call(closed_port, "POST");
    REQUIRE(refused.failed);
    CHECK(refused.failed->what == kind::not_sent);
    CHECK_THAT(refused.failed->why, Catch::Contains("cannot connect"));

    scripted_server vendor(caller.events, {always_ok});
    CHECK(caller.call(vendor.port(), "POST", -1s).failed->what == kind::not_sent);
    CHECK(caller.call(vendor.port(), "POST", 5s).got);
    CHECK(caller.call(vendor.port(), "POST", -1s).failed->what == kind::not_sent);  // with a kept connection at hand
    CHECK(caller.call(vendor.port(), "PO ST").failed->what == kind::not_sent);
    CHECK(vendor.connections() == 1);

    const auto nowhere = [](client& with) -> asio::awaitable<outcome> {
        const origin to{origin::scheme::http, "no-such-name.invalid", "80", ""};
        auto result = co_await with.send(to, {"POST", "/", {}, ""}, steady::now() + 15s);
        co_return outcome{std::nullopt, result.error()};
    };
    const auto unresolved = caller.events.run(nowhere(caller.under_test));
    CHECK(unresolved.failed->what == kind::not_sent);
    CHECK_THAT(unresolved.failed->why, Catch::Contains("resolve"));
}

TEST_CASE(
    "the addresses of a name are judged once, before the first connection; one that may not be reached stops them all")
{
    calling caller;
    scripted_server vendor(caller.events, {always_ok, always_ok, always_ok});
    std::vector<std::string> judged;
    std::string forbidden;
    client_options options;
    options.may_reach = [&](const asio::ip::address& address) {
        judged.push_back(address.to_string());
        return address.to_string() != forbidden;
    };
    client judging(caller.events.context.get_executor(), options);
    const auto ask = [&](std::string host) {
        const auto call = [](client& with, origin to) -> asio::awaitable<outcome> {
            auto got = co_await with.send(to, {"POST", "/", {}, ""}, steady::now() + 5s);
            if (got)
                co_return outcome{std::move(*got), std::nullopt};
            co_return outcome{std::nullopt, got.error()};
        };
        return caller.events.run(call(judging, {origin::scheme::http, host, std::to_string(vendor.port()), ""}));
    };
    // A literal is judged as a name's address is.
    for (const std::string host : {"localhost", "127.0.0.1"}) {
        CAPTURE(host);
        forbidden = "127.0.0.1";
        const auto refused = ask(host);
        REQUIRE(refused.failed);
        CHECK(refused.failed->what == kind::not_sent);
        CHECK_THAT(refused.failed->why, Catch::Contains("private or special address"));
        CHECK(vendor.connections() == 0);
    }
    forbidden.clear();
    judged.clear();
    CHECK(ask("localhost").got);
    CHECK(std::find(judged.begin(), judged.end(), "127.0.0.1") != judged.end());
    CHECK(vendor.connections() == 1);
    // A kept connection leads where it led.
    judged.clear();
    CHECK(ask("localhost").got);
    CHECK(judged.empty());
    CHECK(vendor.connections() == 1);
    judging.close();
}

TEST_CASE("a request that was sent and got no whole, acceptable answer is unanswered")
{
    const auto reset = [](tcp::socket socket) -> asio::awaitable<void> {
        co_await hear_request(socket);
        socket.set_option(asio::socket_base::linger(true, 0));
        socket.close();
    };
    const auto endless_body = [](tcp::socket socket) -> asio::awaitable<void> {
        co_await hear_request(socket);
        co_await say(socket, "HTTP/1.1 200 OK\r\n\r\n");
        const std::string block(65536, 'a');
        for (;;) {
            const auto [error, count] = co_await asio::async_write(socket, asio::buffer(block), as_values);
            if (error)
                co_return;
        }
    };
    const auto endless_extension = [](tcp::socket socket) -> asio::awaitable<void> {
        co_await hear_request(socket);
        co_await say(socket,
                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=" + std::string(200 * 1024, 'x'));
        co_await hear_all(socket);
    };
    std::string interim;
    for (int i = 0; i < 10000; ++i)
        interim += "HTTP/1.1 100 Continue\r\n\r\n";
    const std::vector<std::pair<std::string, scripted_server::script>> misbehaving{
        {"closes after reading", say_once("")},
        {"resets after reading", reset},
        {"truncated head", say_once("HTTP/1.1 200 O")},
        {"truncated body", say_once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok")},
        {"truncated chunk", say_once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nok")},
        {"both CL and TE", say_once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok")},
        {"CL twice", say_once("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok")},
        {"oversized by length", say_once("HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\nok")},
        {"endless body", endless_body},
        {"endless chunk extension", endless_extension},
        {"header of 64 KiB", say_once("HTTP/1.1 200 OK\r\nX: " + std::string(65536, 'a') + "\r\n\r\n")},
        {"ten thousand interim answers", say_once(interim + ok)},
        {"protocol switch", say_once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")},
        {"no HTTP", say_once("220 mail.test ESMTP\r\n")},
    };
    for (const auto& [name, script] : misbehaving) {
        INFO(name);
        calling caller;
        scripted_server vendor(caller.events, {script});
        for (const std::string method : {"POST", "GET"}) {
            const auto result = caller.call(vendor.port(), method);
            REQUIRE(result.failed);
            CHECK(result.failed->what == kind::unanswered);
            CHECK(result.failed->why.size() <= 300);
        }
        CHECK(vendor.connections() == 2);  // one each: no repeat, no reuse
    }
}

TEST_CASE("an answer that does not come in time is unanswered at the deadline")
{
    calling caller;
    const auto drip = [](tcp::socket socket) -> asio::awaitable<void> {
        co_await hear_request(socket);
        co_await say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        asio::steady_timer pause(co_await asio::this_coro::executor);
        for (;;) {
            const auto [error, count] = co_await asio::async_write(socket, asio::buffer("a", 1), as_values);
            if (error)
                co_return;
            pause.expires_after(1ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
    };
    for (const scripted_server::script& slow : {scripted_server::script(hang), scripted_server::script(drip)}) {
        scripted_server vendor(caller.events, {slow});
        const auto began = steady::now();
        const auto late = caller.call(vendor.port(), "POST", 120ms);
        REQUIRE(late.failed);
        CHECK(late.failed->what == kind::unanswered);
        CHECK_THAT(late.failed->why, Catch::Contains("in time"));
        CHECK(steady::now() - began >= 120ms);
        CHECK(steady::now() - began < 3s);
    }
}

TEST_CASE("redirects are handed back, not followed; bodies framed by the close are whole")
{
    calling caller;
    scripted_server vendor(caller.events,
                           {say_once("HTTP/1.1 302 Found\r\nLocation: http://evil.test/\r\nContent-Length: 0\r\n\r\n"),
                            say_once("HTTP/1.1 200 OK\r\n\r\nall of it")});
    const auto redirect = caller.call(vendor.port());
    CHECK(redirect.got->status == 302);
    CHECK(caller.call(vendor.port()).got->body == "all of it");
}
