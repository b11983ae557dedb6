#pragma once
// An event loop for tests with sockets: runs one coroutine to its end, with a limit, and peers that say exactly these
// bytes.
#include "common/async/task_group.hpp"
#include "common/http/parser.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace http_test {

namespace asio = boost::asio;
using asio::ip::tcp;
using reclaim::async::steady;
using namespace std::chrono_literals;

inline constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

class loop {
public:
    asio::io_context context{1};

    template <class T>
    T run(asio::awaitable<T> task, std::chrono::seconds limit = 20s)
    {
        std::optional<T> value;
        std::exception_ptr failure;
        asio::co_spawn(context, std::move(task), [&](std::exception_ptr thrown, T out) {
            failure = thrown;
            value = std::move(out);
        });
        run_until([&] { return value.has_value(); }, limit);
        if (failure)
            std::rethrow_exception(failure);
        return std::move(*value);
    }

    void run_until(const std::function<bool()>& done, std::chrono::seconds limit = 20s)
    {
        const auto end = steady::now() + limit;
        context.restart();
        while (!done())
            if (context.run_one_until(end) == 0)
                throw std::runtime_error("what was waited for did not happen in time");
    }

    // Cancels the tasks, from inside the loop as the group demands, and sees them end.
    void end(reclaim::async::task_group& tasks)
    {
        bool asked = false;
        asio::post(context, [&] {
            tasks.cancel();
            asked = true;
        });
        run_until([&] { return asked && tasks.size() == 0; });
    }

    // True when nothing is left to run: no timer, no socket, no coroutine was forgotten.
    bool runs_dry(std::chrono::seconds limit = 10s)
    {
        context.restart();
        context.run_for(limit);
        return context.stopped();
    }
};

inline asio::awaitable<tcp::socket> dial(std::uint16_t port)
{
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
    co_return socket;
}

inline asio::awaitable<void> say(tcp::socket& socket, std::string bytes)
{
    co_await asio::async_write(socket, asio::buffer(bytes), as_values);
}

// Everything until the peer closes.
inline asio::awaitable<std::string> hear_all(tcp::socket& socket)
{
    std::string heard;
    co_await asio::async_read(socket, asio::dynamic_buffer(heard), as_values);
    co_return heard;
}

// Until the text has been heard, or the peer closes.
inline asio::awaitable<std::string> hear_until(tcp::socket& socket, std::string text)
{
    std::string heard;
    char byte = 0;
    while (heard.find(text) == std::string::npos) {
        const auto [error, count] = co_await socket.async_read_some(asio::buffer(&byte, 1), as_values);
        if (error)
            break;
        heard += byte;
    }
    co_return heard;
}

// The final answers in a stream of bytes.
inline std::vector<reclaim::http::response> answers(std::string bytes)
{
    std::vector<reclaim::http::response> out;
    while (!bytes.empty()) {
        using reclaim::http::answer_parser;
        answer_parser parser(1024 * 1024, answer_parser::body_rule::as_framed);
        const auto taken = parser.feed(bytes);
        if (!taken || !parser.done())
            throw std::runtime_error("the server sent something that is no answer: " + bytes.substr(0, 200));
        bytes.erase(0, *taken);
        out.push_back(parser.take());
    }
    return out;
}

inline std::vector<unsigned> statuses(const std::string& bytes)
{
    std::vector<unsigned> out;
    for (const auto& each : answers(bytes))
        out.push_back(each.status);
    return out;
}

// A server whose n-th connection is handled by the n-th script (the last one again for all after it).
class scripted_server {
public:
    using script = std::function<asio::awaitable<void>(tcp::socket)>;

    scripted_server(loop& on, std::vector<script> scripts)
        : loop_(on),
          scripts_(std::move(scripts)),
          acceptor_(on.context, {asio::ip::address_v4::loopback(), 0}),
          tasks_(on.context.get_executor())
    {
        tasks_.spawn("scripted server", accept_all());
    }
    ~scripted_server()
    {
        acceptor_.close();
        loop_.end(tasks_);
    }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    std::size_t connections() const { return connections_; }

private:
    asio::awaitable<void> accept_all()
    {
        for (;;) {
            auto [error, socket] = co_await acceptor_.async_accept(as_values);
            if (error)
                co_return;
            const auto& next = scripts_[std::min(connections_++, scripts_.size() - 1)];
            tasks_.spawn("scripted connection", next(std::move(socket)));
        }
    }

    loop& loop_;
    std::vector<script> scripts_;
    tcp::acceptor acceptor_;
    std::size_t connections_ = 0;
    reclaim::async::task_group tasks_;
};

}  // namespace http_test
