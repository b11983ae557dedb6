#pragma once
// The client at work against scripted servers: one call at a time, and the scripts that more than one test needs.
#include "http_loop.hpp"

#include "common/http/client.hpp"

namespace http_test {

using reclaim::http::client;
using reclaim::http::client_options;
using reclaim::http::failure;
using reclaim::http::origin;
using reclaim::http::response;

// Reads one request without a body or with a short one that came along.
inline asio::awaitable<std::string> hear_request(tcp::socket& socket)
{
    return hear_until(socket, "\r\n\r\n");
}

inline const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers every request on the connection with the same bytes.
inline asio::awaitable<void> always_ok(tcp::socket socket)
{
    while ((co_await hear_request(socket)).ends_with("\r\n\r\n"))
        co_await say(socket, ok);
}

// Hears one request, says these bytes and closes in order.
inline scripted_server::script say_once(std::string bytes)
{
    return [bytes = std::move(bytes)](tcp::socket socket) -> asio::awaitable<void> {
        co_await hear_request(socket);
        co_await say(socket, bytes);
    };
}

inline asio::awaitable<void> hang(tcp::socket socket)
{
    co_await hear_all(socket);
}

struct outcome {
    std::optional<response> got;
    std::optional<failure> failed;
};

struct calling {
    loop events;
    client under_test;

    explicit calling(client_options options = {}) : under_test(events.context.get_executor(), std::move(options)) {}
    ~calling() { under_test.close(); }

    static origin at(std::uint16_t port) { return {origin::scheme::http, "127.0.0.1", std::to_string(port), ""}; }

    outcome call(std::uint16_t port, const std::string& method = "GET", std::chrono::milliseconds limit = 5s)
    {
        const auto sending = [](client& with, origin to, std::string how,
                                steady::time_point until) -> asio::awaitable<outcome> {
            auto result = co_await with.send(to, {how, "/x", {}, ""}, until);
            if (result)
                co_return outcome{std::move(*result), std::nullopt};
            co_return outcome{std::nullopt, result.error()};
        };
        return events.run(sending(under_test, at(port), method, steady::now() + limit));
    }
};

}  // namespace http_test
