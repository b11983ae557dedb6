// The client behind a forward proxy that says what it likes: whatever is wrong before the tunnel stands, nothing was
// sent.
#include "http_calling.hpp"

#include <catch2/catch.hpp>

using namespace http_test;
using kind = failure::kind;

namespace {

client_options through(std::uint16_t port, std::string user = "", std::string password = "")
{
    client_options out;
    out.through = reclaim::http::proxy{calling::at(port), std::move(user), reclaim::secret(std::move(password))};
    return out;
}

// A POST to a vendor whose name does not exist here: only a proxy could know it.
outcome post(loop& events, client& with, std::chrono::milliseconds limit = 5s, std::string host = "vendor.invalid")
{
    const auto sending = [](client& by, std::string name, std::chrono::milliseconds time) -> asio::awaitable<outcome> {
        const origin to{origin::scheme::https, std::move(name), "8443", ""};
        auto result = co_await by.send(to, {"POST", "/", {}, "body"}, steady::now() + time);
        if (result)
            co_return outcome{std::move(*result), std::nullopt};
        co_return outcome{std::nullopt, result.error()};
    };
    return events.run(sending(with, std::move(host), limit));
}

}  // namespace

TEST_CASE("what a proxy refuses, breaks off or garbles was not sent")
{
    const std::pair<scripted_server::script, std::string> proxies[] = {
        {say_once("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope"),
         "the proxy: it answered 403; it must be told"},
        {say_once("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic\r\n\r\n"), "the proxy: it answered 407; check user"},
        {say_once("HTTP/1.1 502 Bad Gateway\r\n\r\n"), "the proxy: it answered 502"},
        {say_once("HTTP/1.1 301 Moved\r\nLocation: http://elsewhere/\r\n\r\n"), "the proxy: it answered 301"},
        {say_once(""), "the proxy: its answer broke off"},
        {say_once("HTTP/1.1 200 "), "the proxy: its answer broke off"},
        {say_once("SSH-2.0-OpenSSH\r\n\r\n"), "the proxy: its answer is not acceptable"},
        {say_once("HTTP/1.1 200 OK\r\nX: " + std::string(20000, 'x') + "\r\n\r\n"), "the proxy: its answer is"},
        {say_once("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"), "the proxy: it sent more than an answer"},
        {say_once("HTTP/1.1 200 OK\r\n\r\n"), "the TLS handshake failed"},
    };
    for (const auto& [script, why] : proxies) {
        loop events;
        scripted_server proxy(events, {script});
        client under_test(events.context.get_executor(), through(proxy.port()));
        const auto got = post(events, under_test);
        REQUIRE(got.failed);
        CHECK(got.failed->what == kind::not_sent);
        CHECK_THAT(got.failed->why, Catch::StartsWith(why));
        under_test.close();
    }
}

TEST_CASE("a proxy that says nothing costs the deadline and no more")
{
    loop events;
    scripted_server proxy(events, {hang});
    client under_test(events.context.get_executor(), through(proxy.port()));
    const auto got = post(events, under_test, 200ms);
    REQUIRE(got.failed);
    CHECK(got.failed->what == kind::not_sent);
    CHECK(got.failed->why == "the proxy: no answer in time");
    under_test.close();
}

TEST_CASE("a proxy that nobody is at is told apart from a vendor that nobody is at")
{
    loop events;
    std::uint16_t closed_port = 0;
    {
        tcp::acceptor gone(events.context, {asio::ip::address_v4::loopback(), 0});
        closed_port = gone.local_endpoint().port();
    }
    client under_test(events.context.get_executor(), through(closed_port));
    const auto got = post(events, under_test);
    CHECK(got.failed->what == kind::not_sent);
    CHECK_THAT(got.failed->why, Catch::StartsWith("the proxy: cannot connect"));
    under_test.close();
}

TEST_CASE("the proxy hears host and port, who we are when it asks for that, and nothing of the request")
{
    std::vector<std::string> heard;
    const auto listen = [&](tcp::socket socket) -> asio::awaitable<void> {
        heard.push_back(co_await hear_request(socket));
        co_await say(socket, "HTTP/1.1 407 Who\r\n\r\n");
    };
    loop events;
    scripted_server proxy(events, {listen, listen, listen});
    client plain(events.context.get_executor(), through(proxy.port()));
    post(events, plain);
    client known(events.context.get_executor(), through(proxy.port(), "Aladdin", "open sesame"));  // of RFC 7617
    post(events, known);
    post(events, plain, 5s, "::1");
    REQUIRE(heard.size() == 3);
    CHECK(heard[0] == "CONNECT vendor.invalid:8443 HTTP/1.1\r\nHost: vendor.invalid:8443\r\n\r\n");
    CHECK(heard[1] == "CONNECT vendor.invalid:8443 HTTP/1.1\r\nHost: vendor.invalid:8443\r\n"
                      "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
    CHECK(heard[2].starts_with("CONNECT [::1]:8443 HTTP/1.1\r\n"));
    plain.close();
    known.close();
}

TEST_CASE("an http origin is reached past the proxy")
{
    loop events;
    scripted_server vendor(events, {always_ok}), proxy(events, {always_ok});
    client under_test(events.context.get_executor(), through(proxy.port()));
    const auto sending = [](client& by, origin to) -> asio::awaitable<outcome> {
        auto result = co_await by.send(to, {"GET", "/", {}, ""}, steady::now() + 5s);
        co_return outcome{result ? std::optional(*result) : std::nullopt, std::nullopt};
    };
    CHECK(events.run(sending(under_test, calling::at(vendor.port()))).got);
    CHECK(proxy.connections() == 0);
    under_test.close();
}
