// Time limits, overload, failing handlers and the stop of the server, over real sockets.
#include "http_loop.hpp"

#include "common/base/error.hpp"
#include "common/http/server.hpp"

#include <catch2/catch.hpp>

using namespace http_test;
using reclaim::async::task_group;
using reclaim::http::response;
using reclaim::http::server;
using reclaim::http::server_options;
using reclaim::http::server_request;

namespace {

const std::string get_request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

asio::awaitable<response> accept_any(const server_request&)
{
    co_return response{202, {}, "taken"};
}

bool stop(loop& events, server& running, std::chrono::milliseconds grace = 5s)
{
    const auto stopping = [](server& it, steady::time_point deadline) -> asio::awaitable<bool> {
        co_await it.stop(deadline);
        co_return true;
    };
    return events.run(stopping(running, steady::now() + grace));
}

// Sends a piece each few milliseconds until the server answers and closes.
asio::awaitable<std::string> drip(std::uint16_t port, std::string first, std::string piece)
{
    auto socket = co_await dial(port);
    co_await say(socket, std::move(first));
    asio::steady_timer pause(co_await asio::this_coro::executor);
    std::string heard;
    while (socket.available() == 0) {
        co_await say(socket, piece);
        pause.expires_after(5ms);
        co_await pause.async_wait(asio::use_awaitable);
    }
    co_return co_await hear_all(socket);
}

}  // namespace

TEST_CASE("a dripping header gets 408 at its absolute deadline, and so does a dripping body")
{
    loop events;
    server_options options;
    options.header_time = 150ms;
    options.body_time = 250ms;
    server here(events.context.get_executor(), options, accept_any);
    here.start();

    const auto began = steady::now();
    CHECK(statuses(events.run(drip(here.port(), "GET / HTTP/1.1\r\nHost: h\r\nX: ", "a"))) ==
          std::vector<unsigned>{408});
    const auto header_took = steady::now() - began;
    CHECK(header_took >= 150ms);
    CHECK(header_took < 3s);

    const auto body_began = steady::now();
    CHECK(statuses(events.run(drip(here.port(), "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n", "a"))) ==
          std::vector<unsigned>{408});
    CHECK(steady::now() - body_began >= 250ms);
    stop(events, here);
    CHECK(events.runs_dry());
}

TEST_CASE("a connection without a request is closed after the idle time without a word")
{
    loop events;
    server_options options;
    options.idle_time = 100ms;
    server here(events.context.get_executor(), options, accept_any);
    here.start();
    const auto silent = [](std::uint16_t port, std::string first) -> asio::awaitable<std::string> {
        auto socket = co_await dial(port);
        co_await say(socket, std::move(first));
        co_return co_await hear_all(socket);
    };
    CHECK(events.run(silent(here.port(), "")).empty());
    CHECK(statuses(events.run(silent(here.port(), get_request))) == std::vector<unsigned>{202});
    stop(events, here);
}

TEST_CASE("connections beyond the limit are told 503 and closed, the others are served")
{
    loop events;
    server_options options;
    options.connections_max = 2;
    server here(events.context.get_executor(), options, accept_any);
    here.start();
    const auto talk = [](std::uint16_t port) -> asio::awaitable<std::vector<std::string>> {
        auto first = co_await dial(port);
        auto second = co_await dial(port);
        std::vector<std::string> heard;
        co_await say(first, get_request);
        heard.push_back(co_await hear_until(first, "taken"));
        co_await say(second, get_request);
        heard.push_back(co_await hear_until(second, "taken"));
        auto third = co_await dial(port);
        co_await say(third, get_request);
        heard.push_back(co_await hear_all(third));
        first.close();
        second.close();
        co_return heard;
    };
    const auto heard = events.run(talk(here.port()));
    CHECK(statuses(heard[0]) == std::vector<unsigned>{202});
    CHECK(statuses(heard[1]) == std::vector<unsigned>{202});
    CHECK(statuses(heard[2]) == std::vector<unsigned>{503});
    CHECK_THAT(heard[2], Catch::Contains("Retry-After: "));
    stop(events, here);
}

TEST_CASE("a handler's exception is a 500 without detail, and the connection goes on")
{
    loop events;
    int asked = 0;
    server here(events.context.get_executor(), {}, [&asked](const server_request&) -> asio::awaitable<response> {
        if (++asked == 1)
            throw std::runtime_error("password is hunter2");
        response answer{200, {}, "fine"};
        if (asked == 2)
            answer.headers = {{"X-Split", "a\r\nSet-Cookie: b"}};
        co_return answer;
    });
    here.start();
    const auto talk = [](std::uint16_t port) -> asio::awaitable<std::string> {
        auto socket = co_await dial(port);
        co_await say(socket, get_request + get_request + "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        co_return co_await hear_all(socket);
    };
    const auto heard = events.run(talk(here.port()));
    CHECK(statuses(heard) == std::vector<unsigned>{500, 500, 200});
    CHECK(heard.find("hunter2") == std::string::npos);
    CHECK(heard.find("Set-Cookie") == std::string::npos);
    stop(events, here);
}

TEST_CASE("the handler sees method, path, query, headers, body and peer")
{
    loop events;
    server_request seen;
    server here(events.context.get_executor(), {}, [&seen](const server_request& asked) -> asio::awaitable<response> {
        seen = asked;
        co_return response{204, {}, ""};
    });
    here.start();
    const auto talk = [](std::uint16_t port) -> asio::awaitable<std::string> {
        auto socket = co_await dial(port);
        co_await say(
            socket,
            "PUT /a%20b?c=d?e HTTP/1.1\r\nHost: h\r\nX-A:  1 \r\nConnection: close\r\nContent-Length: 3\r\n\r\nxyz");
        co_return co_await hear_all(socket);
    };
    CHECK(statuses(events.run(talk(here.port()))) == std::vector<unsigned>{204});
    CHECK(seen.message.method == "PUT");
    CHECK(seen.message.target == "/a%20b?c=d?e");
    CHECK(seen.path == "/a%20b");
    CHECK(seen.query == "c=d?e");
    CHECK(seen.message.body == "xyz");
    CHECK(find(seen.message.headers, "x-a") == "1");
    CHECK(seen.peer == "127.0.0.1");
    stop(events, here);
}

TEST_CASE("a large answer reaches a slow reader whole")
{
    loop events;
    const std::string large(20 * 1024 * 1024, 'z');
    server here(events.context.get_executor(), {},
                [&large](const server_request&) -> asio::awaitable<response> { co_return response{200, {}, large}; });
    here.start();
    const auto talk = [](std::uint16_t port) -> asio::awaitable<std::size_t> {
        auto socket = co_await dial(port);
        co_await say(socket, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        const auto head = co_await hear_until(socket, "\r\n\r\n");
        co_return (co_await hear_all(socket)).size();
    };
    CHECK(events.run(talk(here.port())) == large.size());
    stop(events, here);
}

TEST_CASE("stopping closes idle connections at once and lets a request in progress end with its answer")
{
    loop events;
    asio::steady_timer release(events.context, steady::time_point::max());
    bool asked = false;
    server here(events.context.get_executor(), {}, [&](const server_request&) -> asio::awaitable<response> {
        asked = true;
        co_await release.async_wait(as_values);
        co_return response{202, {}, "taken"};
    });
    here.start();
    const auto port = here.port();

    std::string busy_heard;
    std::string idle_heard = "not closed";
    const auto talk = [](std::uint16_t to, std::string bytes, std::string& heard) -> asio::awaitable<void> {
        auto socket = co_await dial(to);
        co_await say(socket, std::move(bytes));
        heard = co_await hear_all(socket);
    };
    task_group clients(events.context.get_executor());
    clients.spawn("idle", talk(port, "", idle_heard));
    clients.spawn("busy", talk(port, get_request, busy_heard));
    events.run_until([&] { return asked; });

    bool stopped = false;
    asio::co_spawn(events.context, here.stop(steady::now() + 10s), [&](std::exception_ptr) { stopped = true; });
    events.run_until([&] { return idle_heard.empty(); });
    CHECK_FALSE(stopped);
    release.cancel();
    events.run_until([&] { return stopped && clients.size() == 0; });
    CHECK(statuses(busy_heard) == std::vector<unsigned>{202});
    CHECK_THAT(busy_heard, Catch::Contains("Connection: close"));

    const auto refused = [](std::uint16_t to) -> asio::awaitable<bool> {
        tcp::socket socket(co_await asio::this_coro::executor);
        const auto [error] = co_await socket.async_connect({asio::ip::address_v4::loopback(), to}, as_values);
        co_return error == asio::error::connection_refused;
    };
    CHECK(events.run(refused(port)));
    CHECK(events.runs_dry());
}

TEST_CASE("a request that outlasts the stop's deadline is cut off, and nothing keeps running")
{
    loop events;
    bool asked = false;
    server here(events.context.get_executor(), {}, [&](const server_request&) -> asio::awaitable<response> {
        asked = true;
        asio::steady_timer never(co_await asio::this_coro::executor, steady::time_point::max());
        co_await never.async_wait(asio::use_awaitable);
        co_return response{202, {}, ""};
    });
    here.start();
    std::string heard = "not closed";
    const auto talk = [](std::uint16_t to, std::string& into) -> asio::awaitable<void> {
        auto socket = co_await dial(to);
        co_await say(socket, get_request);
        into = co_await hear_all(socket);
    };
    task_group clients(events.context.get_executor());
    clients.spawn("client", talk(here.port(), heard));
    events.run_until([&] { return asked; });
    stop(events, here, 50ms);
    events.run_until([&] { return clients.size() == 0; });
    CHECK(heard.empty());
    CHECK(events.runs_dry());
}

TEST_CASE("a listener that cannot be had is a setup error that names place and remedy")
{
    loop events;
    server first(events.context.get_executor(), {}, accept_any);
    first.start();
    server_options taken;
    taken.port = first.port();
    server second(events.context.get_executor(), taken, accept_any);
    CHECK_THROWS_WITH(second.start(), Catch::Contains("127.0.0.1 port " + std::to_string(taken.port)) &&
                                          Catch::Contains("choose another"));
    server_options nonsense;
    nonsense.address = "localhost";
    server third(events.context.get_executor(), nonsense, accept_any);
    CHECK_THROWS_AS(third.start(), reclaim::setup_error);
    server_options half;
    half.tls_certificate_file = "/tmp/only-one.pem";
    CHECK_THROWS_AS(server(events.context.get_executor(), half, accept_any), reclaim::setup_error);
    stop(events, first);
}
