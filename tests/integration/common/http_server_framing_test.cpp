// Raw bytes against the real server. Every case is followed by a good closing request: a connection that was kept
// answers it, one that was closed does not. So no case waits for silence.
#include "http_loop.hpp"

#include "common/http/server.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

using namespace http_test;
using reclaim::http::response;
using reclaim::http::server;
using reclaim::http::server_options;
using reclaim::http::server_request;

namespace {

const std::string last_request = "GET /last HTTP/1.1\r\nHost: reclaim.test\r\nConnection: close\r\n\r\n";
constexpr unsigned last = 299;

struct framing_case {
    std::string name;
    std::string bytes;
    std::vector<unsigned> expected;  // ends with `last` when the connection must be kept
};

std::string post(const std::string& fields, const std::string& body = "")
{
    return "POST /hook HTTP/1.1\r\nHost: reclaim.test\r\n" + fields + "\r\n" + body;
}

std::string with_host(const std::string& host)
{
    return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}

const std::string good = post("Content-Length: 2\r\n", "{}");

const std::vector<framing_case> cases{
    {"a good POST", good, {202, last}},
    {"a good GET", "GET /a?b=c HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {202, last}},
    {"a GET with length zero", "GET / HTTP/1.1\r\nHost: reclaim.test\r\nContent-Length: 0\r\n\r\n", {202, last}},
    {"a GET with a body", "GET / HTTP/1.1\r\nHost: reclaim.test\r\nContent-Length: 2\r\n\r\n{}", {202, last}},
    {"a POST with an empty body", post("Content-Length: 0\r\n"), {202, last}},
    {"close is honoured", post("Content-Length: 2\r\nConnection: close\r\n", "{}"), {202}},
    {"CL then TE", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), {400}},
    {"TE then CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), {400}},
    {"TE gzip then CL", post("Transfer-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"TE identity then CL", post("Transfer-Encoding: identity\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"TE empty then CL", post("Transfer-Encoding:\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"TE identity alone", post("Transfer-Encoding: identity\r\n", "{}"), {411}},
    {"TE xchunked alone", post("Transfer-Encoding: xchunked\r\n", "{}"), {411}},
    {"TE chunked, gzip", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), {411}},
    {"TE gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), {411}},
    {"valid chunked", post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), {411}},
    {"chunked with trailers",
     post("Transfer-Encoding: chunked\r\nTrailer: Webhook-Id\r\n", "0\r\nWebhook-Id: x\r\n\r\n"),
     {411}},
    {"TE twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), {400}},
    {"TE with a blank before the colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), {400}},
    {"TE folded", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), {400}},
    {"TE behind a vertical tab",
     post("Transfer-Encoding:\x0b"
          "chunked\r\n",
          "0\r\n\r\n"),
     {400}},
    {"HTTP/1.0 chunked", "POST / HTTP/1.0\r\nHost: reclaim.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {505}},
    {"HTTP/1.0 with CL", "POST / HTTP/1.0\r\nHost: reclaim.test\r\nContent-Length: 2\r\n\r\n{}", {505}},
    {"CL twice the same", post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"CL twice different", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), {400}},
    {"CL as a list", post("Content-Length: 2, 2\r\n", "{}"), {400}},
    {"CL with a plus", post("Content-Length: +2\r\n", "{}"), {400}},
    {"CL negative", post("Content-Length: -1\r\n", "{}"), {400}},
    {"CL in hex", post("Content-Length: 0x2\r\n", "{}"), {400}},
    {"CL with a blank inside", post("Content-Length: 2 2\r\n", "{}"), {400}},
    {"CL empty", post("Content-Length:\r\n", "{}"), {400}},
    {"CL 2^64", post("Content-Length: 18446744073709551616\r\n", "{}"), {400}},
    {"CL 2^64 - 1", post("Content-Length: 18446744073709551615\r\n", "{}"), {413}},
    {"CL with twenty leading zeros", post("Content-Length: 000000000000000000002\r\n", "{}"), {400}},
    {"no CL, bytes follow", post("", good), {411}},
    {"CL smaller than the body", post("Content-Length: 2\r\n", "{}garbage\r\n\r\n"), {202, 400}},
    {"two pipelined requests", good + good, {202, 202, last}},
    {"folded header", post("Content-Length: 2\r\nX: a\r\n b\r\n", "{}"), {400}},
    {"folded by a tab", post("Content-Length: 2\r\nX: a\r\n\tb\r\n", "{}"), {400}},
    {"bare LF everywhere", "POST / HTTP/1.1\nHost: reclaim.test\nContent-Length: 2\n\n{}", {400}},
    {"one bare LF", "POST / HTTP/1.1\r\nHost: reclaim.test\nContent-Length: 2\r\n\r\n{}", {400}},
    {"bare CR", post("X: a\rb\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"NUL in a value", post(std::string("X: a\0b\r\nContent-Length: 2\r\n", 26), "{}"), {400}},
    {"DEL in a value", post("X: a\x7f\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"bytes from 0x80 in a value", post("X: a\xc3\xa9\r\nContent-Length: 2\r\n", "{}"), {202, last}},
    {"blank before a colon", post("X : a\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"empty field name", post(": a\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"bracket in a field name", post("X(: a\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"no colon", post("Xa\r\nContent-Length: 2\r\n", "{}"), {400}},
    {"header block of 8193 bytes",
     post("Content-Length: 2\r\nX: " + std::string(8193 - 67, 'a') + "\r\n", "{}"),
     {431}},
    {"one field of 8 KiB", post("X: " + std::string(8192, 'a') + "\r\nContent-Length: 2\r\n", "{}"), {431}},
    {"target of 1025 bytes", "GET /" + std::string(1024, 'a') + " HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {414}},
    {"target of 20 KiB", "GET /" + std::string(20480, 'a') + " HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {414}},
    {"NUL in the target", std::string("GET /\0 HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", 40), {400}},
    {"dots in the target are the route's business",
     "GET /..//%2e%2e;x HTTP/1.1\r\nHost: reclaim.test\r\n\r\n",
     {202, last}},
    {"fragment in the target", "GET /a#b HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {400}},
    {"absolute target", "GET http://evil.test/ HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {400}},
    {"authority target", "CONNECT evil.test:443 HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {400}},
    {"asterisk target", "OPTIONS * HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {400}},
    {"unknown method", "BREW / HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {501}},
    {"lower-case method", "post / HTTP/1.1\r\nHost: reclaim.test\r\nContent-Length: 2\r\n\r\n{}", {501}},
    {"method of 1 KiB", std::string(1024, 'M') + " / HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {501}},
    {"known methods reach the handler", "TRACE / HTTP/1.1\r\nHost: reclaim.test\r\n\r\n", {202, last}},
    {"no Host", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", {400}},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: reclaim.test\r\nHost: reclaim.test\r\n\r\n", {400}},
    {"foreign Host", with_host("evil.test"), {421}},
    {"Host with another case and a port", with_host("Reclaim.TEST:8443"), {202, last}},
    {"Host with user info", with_host("a@reclaim.test"), {400}},
    {"Host with an impossible port", with_host("reclaim.test:99999"), {400}},
    {"empty Host", with_host(""), {400}},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {505}},
    {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: reclaim.test\r\n\r\n", {505}},
    {"HTTP/1.9", "GET / HTTP/1.9\r\nHost: reclaim.test\r\n\r\n", {505}},
    {"HTTP/0.9", "GET /\r\n\r\n", {400}},
    {"TLS hello on the plain port", std::string("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03", 11), {400}},
    {"Upgrade h2c is ignored", post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n", "{}"), {202, last}},
    {"Upgrade websocket is ignored",
     post("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n", "{}"),
     {202, last}},
    {"Expect with 10 GB", post("Expect: 100-continue\r\nContent-Length: 10000000000\r\n"), {413}},
    {"another expectation", post("Expect: x\r\nContent-Length: 2\r\n", "{}"), {417}},
    {"body of 65536 bytes", post("Content-Length: 65536\r\n", std::string(65536, 'a')), {202, last}},
    {"body of 65537 bytes", post("Content-Length: 65537\r\n", std::string(65537, 'a')), {413}},
    {"empty line first", "\r\n" + good, {400}},
    {"good, then smuggling",
     good + post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n") + good,
     {202, 400}},
};

struct served {
    loop events;
    std::vector<std::string> bodies;
    server under_test;

    explicit served(server_options options = {})
        : under_test(events.context.get_executor(), std::move(options),
                     [this](const server_request& asked) { return answer(asked); })
    {
        under_test.start();
    }
    ~served()
    {
        bool stopped = false;
        asio::co_spawn(events.context, under_test.stop(steady::now() + 5s),
                       [&](std::exception_ptr) { stopped = true; });
        events.run_until([&] { return stopped; });
    }

    asio::awaitable<response> answer(const server_request& asked)
    {
        bodies.push_back(asked.message.body);
        co_return response{asked.path == "/last" ? last : 202, {}, asked.message.method + " " + asked.message.body};
    }

    std::string exchange(const std::string& bytes)
    {
        const auto talk = [](std::uint16_t port, std::string all) -> asio::awaitable<std::string> {
            auto socket = co_await dial(port);
            co_await say(socket, std::move(all));
            co_return co_await hear_all(socket);
        };
        return events.run(talk(under_test.port(), bytes));
    }
};

server_options for_one_host()
{
    server_options options;
    options.hosts = {"reclaim.test"};
    return options;
}

}  // namespace

TEST_CASE("every framing error is answered with its status and closes; everything else keeps the connection")
{
    served here(for_one_host());
    for (const auto& each : cases) {
        INFO(each.name);
        here.bodies.clear();
        const auto got = answers(here.exchange(each.bytes + last_request));
        std::vector<unsigned> seen;
        for (const auto& answer : got)
            seen.push_back(answer.status);
        CHECK(seen == each.expected);
        if (each.expected.back() >= 400) {
            CHECK(find(got.back().headers, "content-type") == "application/problem+json");
            CHECK(find(got.back().headers, "connection") == "close");
        }
        // Nothing behind a refused request ever reaches the handler.
        const auto handled =
            std::count_if(each.expected.begin(), each.expected.end(), [](unsigned s) { return s < 300; });
        CHECK(here.bodies.size() == static_cast<std::size_t>(handled));
    }
    CHECK(cases.size() >= 60);
}

TEST_CASE("the verdict is the same when the bytes come one at a time")
{
    served here(for_one_host());
    for (const auto& each : cases) {
        if (each.bytes.size() > 300)
            continue;
        INFO(each.name);
        const auto talk = [](std::uint16_t port, std::string all) -> asio::awaitable<std::string> {
            auto socket = co_await dial(port);
            socket.set_option(tcp::no_delay(true));
            for (const char c : all)
                co_await say(socket, std::string(1, c));
            co_return co_await hear_all(socket);
        };
        CHECK(statuses(here.events.run(talk(here.under_test.port(), each.bytes + last_request))) == each.expected);
    }
}

TEST_CASE("a header block of exactly the limit and 64 fields are served, one more is not")
{
    served here(for_one_host());
    std::string fields = "Content-Length: 0\r\n";
    for (int i = 0; i < 62; ++i)
        fields += "a: b\r\n";
    CHECK(statuses(here.exchange(post(fields) + last_request)) == std::vector<unsigned>{202, last});
    CHECK(statuses(here.exchange(post(fields + "a: b\r\n") + last_request)) == std::vector<unsigned>{431});
    for (int i = 0; i < 1900; ++i)
        fields += "a:\r\n";
    CHECK(statuses(here.exchange(post(fields) + last_request)) == std::vector<unsigned>{431});

    const std::string small = post("Content-Length: 0\r\nX: \r\n");
    const auto padded = [&](std::size_t size) {
        return post("Content-Length: 0\r\nX: " + std::string(size - small.size(), 'a') + "\r\n");
    };
    CHECK(statuses(here.exchange(padded(8192) + last_request)) == std::vector<unsigned>{202, last});
    CHECK(statuses(here.exchange(padded(8193) + last_request)) == std::vector<unsigned>{431});
}

TEST_CASE("a request that ends early is told so and never reaches the handler")
{
    served here;
    for (std::size_t size = 1; size < good.size(); ++size) {
        INFO(size << " bytes");
        const auto talk = [](std::uint16_t port, std::string part) -> asio::awaitable<std::string> {
            auto socket = co_await dial(port);
            co_await say(socket, std::move(part));
            socket.shutdown(tcp::socket::shutdown_send);
            co_return co_await hear_all(socket);
        };
        CHECK(statuses(here.events.run(talk(here.under_test.port(), good.substr(0, size)))) ==
              std::vector<unsigned>{400});
    }
    CHECK(here.bodies.empty());
}

TEST_CASE("a connection reset at any byte of a request leaves nothing behind")
{
    served here;
    const auto open_files = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                             std::filesystem::directory_iterator());
    };
    const auto open_before = open_files();
    for (std::size_t size = 0; size < good.size(); ++size) {
        const auto talk = [](std::uint16_t port, std::string part) -> asio::awaitable<bool> {
            auto socket = co_await dial(port);
            co_await say(socket, std::move(part));
            socket.set_option(asio::socket_base::linger(true, 0));
            socket.close();
            co_return true;
        };
        here.events.run(talk(here.under_test.port(), good.substr(0, size)));
    }
    CHECK(statuses(here.exchange(good + last_request)) == std::vector<unsigned>{202, last});
    CHECK(here.bodies.size() == 2);
    here.events.run_until([&] { return open_files() <= open_before; });
}

TEST_CASE("the answer to HEAD has the length of the body and not the body")
{
    served here;
    const auto heard = here.exchange("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK(heard.starts_with("HTTP/1.1 202 Accepted\r\n"));
    CHECK(heard.find("Content-Length: 5\r\n") != std::string::npos);
    CHECK(heard.ends_with("\r\n\r\n"));
}

TEST_CASE("a client that waits for 100 Continue gets it, one that already sent the body does not")
{
    served here;
    const std::string head =
        "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    const auto patient = [](std::uint16_t port, std::string first) -> asio::awaitable<std::string> {
        auto socket = co_await dial(port);
        co_await say(socket, std::move(first));
        const auto interim = co_await hear_until(socket, "\r\n\r\n");
        co_await say(socket, "{}");
        co_return interim + co_await hear_all(socket);
    };
    const auto heard = here.events.run(patient(here.under_test.port(), head));
    CHECK(heard.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 "));
    CHECK(here.exchange(head + "{}").starts_with("HTTP/1.1 202 "));
}

TEST_CASE("a flood of pipelined requests is answered in order up to a bound, then the connection closes")
{
    served here;
    std::string flood;
    for (int i = 0; i < 1000; ++i) {
        const std::string number = std::to_string(i);
        flood += "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(number.size()) + "\r\n\r\n" + number;
    }
    const auto got = answers(here.exchange(flood));
    CHECK(got.size() >= 100);
    CHECK(got.size() < 1000);
    for (std::size_t i = 0; i < got.size(); ++i)
        REQUIRE(got[i].body == "POST " + std::to_string(i));
    CHECK(find(got.back().headers, "connection") == "close");
}

TEST_CASE("one connection serves thousands of requests, and no more than its limit")
{
    server_options options;
    options.requests_per_connection_max = 5000;
    served here(options);
    const auto talk = [](std::uint16_t port) -> asio::awaitable<std::size_t> {
        auto socket = co_await dial(port);
        std::size_t answered = 0;
        std::array<char, 4096> buffer;
        for (;;) {
            co_await say(socket, good);
            const auto [error, count] = co_await socket.async_read_some(asio::buffer(buffer), as_values);
            if (error)
                co_return answered;
            ++answered;
        }
    };
    CHECK(here.events.run(talk(here.under_test.port())) == 5000);
}
