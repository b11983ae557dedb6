#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <poll.h>

#include "world.hpp"

// One request and what becomes of it: the fault plan is asked, the effect happens (or not, or late), it is logged, and
// only then does an answer leave, whole or damaged. Read run() first; every fault kind is one case of it.
namespace sandbox {

template <class Stream>
class exchange {
public:
    exchange(Stream& stream, world& w, const request& r, bool keep_alive)
        : stream_{stream},
          world_{w},
          request_{r},
          keep_alive_{keep_alive}
    {}

    // True: the connection may carry another request.
    boost::asio::awaitable<bool> run();

private:
    using task = boost::asio::awaitable<bool>;

    answer act() { return call_.act(call_); }
    void log(unsigned status) { world_.log.write(call_, request_, status); }
    boost::asio::awaitable<void> sleep(std::chrono::milliseconds time);
    boost::asio::awaitable<bool> put(std::string_view bytes);
    task send(answer a);
    task truncate(answer a);
    task drip(answer a, std::chrono::milliseconds pause);
    task endless(std::chrono::milliseconds pause);
    task hold(bool apply_before);
    task falsify(answer a);
    task abandon();
    task reset();
    bool peer_gone();

    Stream& stream_;
    world& world_;
    const request& request_;
    bool keep_alive_;
    call call_;
};

template <class Stream>
auto exchange<Stream>::run() -> task
{
    call_ = world_.receive(request_);
    const verdict v = world_.faults.decide(call_);
    const fault& f = v.hit;
    call_.fault = f.name;
    if (v.latency.count() > 0) {
        if (f.kind == fault_kind::none)
            call_.fault = "latency";
        co_await sleep(v.latency);
    }
    switch (f.kind) {
    case fault_kind::none:
    case fault_kind::latency:
        co_return co_await send(act());
    case fault_kind::rate_limit:
        co_return co_await send(world_.throttled(call_, f.limit));
    case fault_kind::status:
        co_return co_await send({f.status, f.body});
    case fault_kind::gone:
        co_return co_await send({410, "", "text/plain"});
    case fault_kind::html:
        co_return co_await send({f.status,
                                 "<!doctype html><html><title>Please wait</title><p>Checking your browser.</p></html>",
                                 "text/html; charset=utf-8"});
    case fault_kind::truncate:
        co_return co_await truncate(act());
    case fault_kind::slow_drip:
        co_return co_await drip(act(), f.delay);
    case fault_kind::wrong_user_echo:
        co_return co_await falsify(act());
    case fault_kind::apply_then_reset:
        act();
        log(0);
        co_return co_await reset();
    case fault_kind::reset_before:
        log(0);
        co_return co_await reset();
    case fault_kind::delay_then_apply:
        co_await sleep(f.delay);
        act();
        log(0);
        co_return co_await abandon();
    case fault_kind::endless:
        co_return co_await endless(f.delay);
    case fault_kind::hold:
        co_return co_await hold(f.apply_before);
    }
    co_return false;
}

template <class Stream>
boost::asio::awaitable<void> exchange<Stream>::sleep(std::chrono::milliseconds time)
{
    boost::asio::steady_timer timer{stream_.get_executor(), time};
    co_await timer.async_wait(boost::asio::use_awaitable);
}

// False: the client will not have all of it.
template <class Stream>
boost::asio::awaitable<bool> exchange<Stream>::put(std::string_view bytes)
{
    boost::system::error_code ec;
    co_await boost::asio::async_write(stream_, boost::asio::buffer(bytes),
                                      boost::asio::redirect_error(boost::asio::use_awaitable, ec));
    co_return !ec;
}

template <class Stream>
auto exchange<Stream>::send(answer a) -> task
{
    log(a.status);
    const bool keep = keep_alive_ && request_.method != "HEAD";  // a body after HEAD would be read as the next answer
    const std::string bytes = render(a, keep);
    const bool whole = co_await put(bytes);
    world_.log.replied(call_.no, whole);
    co_return whole&& keep;
}

template <class Stream>
auto exchange<Stream>::truncate(answer a) -> task
{
    if (a.status == 204)  // has no length to lie about
        a.status = 200;
    const std::size_t promised = std::max<std::size_t>(a.body.size(), 64);
    a.body.resize(std::min(a.body.size() / 2, promised - 1));
    log(a.status);
    const std::string bytes = render(a, false, promised);
    co_await put(bytes);
    co_return co_await abandon();
}

template <class Stream>
auto exchange<Stream>::drip(answer a, std::chrono::milliseconds pause) -> task
{
    log(a.status);
    const std::string bytes = render(a, keep_alive_);
    bool whole = true;
    for (std::size_t i = 0; i < bytes.size() && whole; ++i) {
        whole = co_await put(std::string_view{bytes}.substr(i, 1));
        co_await sleep(pause);
    }
    world_.log.replied(call_.no, whole);
    co_return whole&& keep_alive_;
}

// Bounded for the sake of the machine, not of the client: 64 MiB or a minute, and never a last chunk.
template <class Stream>
auto exchange<Stream>::endless(std::chrono::milliseconds pause) -> task
{
    constexpr std::size_t piece_bytes = 16u << 10;
    constexpr std::size_t total_bytes_max = 64u << 20;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    const std::string chunk = "4000\r\n" + std::string(piece_bytes, ' ') + "\r\n";
    log(200);
    bool open = co_await put(render_chunked_head({200}));
    for (std::size_t sent = 0; open && sent < total_bytes_max && std::chrono::steady_clock::now() < until;) {
        open = co_await put(chunk);
        sent += piece_bytes;
        co_await sleep(pause);
    }
    co_return co_await abandon();
}

template <class Stream>
auto exchange<Stream>::hold(bool apply_before) -> task
{
    struct counted {
        std::int64_t& held;
        explicit counted(std::int64_t& h) : held{h} { ++held; }
        ~counted() { --held; }
    };
    answer a;
    if (apply_before)
        a = act();
    {
        const counted here{world_.held};
        const auto releases = world_.releases;
        while (world_.releases == releases && !peer_gone())
            co_await sleep(std::chrono::milliseconds{2});
        if (world_.releases == releases) {
            log(0);
            co_return co_await abandon();
        }
    }
    if (!apply_before)
        a = act();
    co_return co_await send(std::move(a));
}

// A perfectly formed answer about somebody else.
template <class Stream>
auto exchange<Stream>::falsify(answer a) -> task
{
    const std::string& subject = call_.subject;
    for (auto at = a.body.find(subject); !subject.empty() && at != a.body.npos;
         at = a.body.find(subject, at + subject.size())) {
        std::string other = subject;
        other.back() = other.back() == '0' ? '1' : '0';
        a.body.replace(at, subject.size(), other);
    }
    co_return co_await send(std::move(a));
}

template <class Stream>
auto exchange<Stream>::abandon() -> task
{
    world_.log.replied(call_.no, false);
    boost::system::error_code ignored;
    stream_.lowest_layer().shutdown(boost::asio::socket_base::shutdown_both, ignored);
    stream_.lowest_layer().close(ignored);
    co_return false;
}

template <class Stream>
auto exchange<Stream>::reset() -> task
{
    boost::system::error_code ignored;
    // Closing with nothing to linger for makes the kernel send RST instead of FIN.
    stream_.lowest_layer().set_option(boost::asio::socket_base::linger{true, 0}, ignored);
    stream_.lowest_layer().close(ignored);
    world_.log.replied(call_.no, false);
    co_return false;
}

// Asked by poll, not by a read: unread bytes (a pipelined request, TLS's farewell) must not hide the end behind them.
template <class Stream>
bool exchange<Stream>::peer_gone()
{
    pollfd at{stream_.lowest_layer().native_handle(), POLLRDHUP, 0};
    return ::poll(&at, 1, 0) > 0 && (at.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace sandbox
