#pragma once
// A TCP gate in front of a server, on the test's own event loop: closed, it refuses like a server that is not there;
// cut, it ends what runs; and it can swallow the next answer, as a network does that dies between a COMMIT and its
// word.
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <list>
#include <memory>

namespace reclaim::testing {

class tcp_gate {
    using tcp = boost::asio::ip::tcp;

    struct pair {
        explicit pair(const boost::asio::any_io_executor& executor) : client(executor), server(executor) {}
        tcp::socket client, server;
        void close()
        {
            boost::system::error_code ignored;
            client.close(ignored);
            server.close(ignored);
        }
    };

    // Coroutines hold it too: a gate may be gone before the last of them has noticed.
    struct state {
        state(const boost::asio::any_io_executor& with, std::uint16_t to)
            : executor(with),
              target(boost::asio::ip::address_v4::loopback(), to),
              acceptor(with)
        {}
        boost::asio::any_io_executor executor;
        tcp::endpoint target;
        tcp::acceptor acceptor;
        std::list<std::weak_ptr<pair>> pairs;
        bool swallow_next_answer = false;
        int swallowed = 0;
    };

public:
    tcp_gate(boost::asio::any_io_executor executor, std::uint16_t target_port)
        : state_(std::make_shared<state>(executor, target_port))
    {
        open();
    }

    ~tcp_gate() { close(); }
    tcp_gate(const tcp_gate&) = delete;
    tcp_gate& operator=(const tcp_gate&) = delete;

    std::uint16_t port() const { return port_; }

    void open()
    {
        auto& acceptor = state_->acceptor;
        acceptor.open(tcp::v4());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port_));
        acceptor.listen();
        port_ = acceptor.local_endpoint().port();
        boost::asio::co_spawn(state_->executor, accept_all(state_), boost::asio::detached);
    }

    // New connections are refused, the present ones end.
    void close()
    {
        boost::system::error_code ignored;
        state_->acceptor.close(ignored);
        cut();
    }

    void cut()
    {
        for (const auto& each : state_->pairs)
            if (const auto alive = each.lock())
                alive->close();
        state_->pairs.clear();
    }

    // The next bytes that the server sends reach nobody, and their connection ends.
    void swallow_next_answer() { state_->swallow_next_answer = true; }
    int swallowed() const { return state_->swallowed; }

private:
    static boost::asio::awaitable<void> accept_all(std::shared_ptr<state> self)
    {
        for (;;) {
            const auto made = std::make_shared<pair>(self->executor);
            auto [refused] =
                co_await self->acceptor.async_accept(made->client, boost::asio::as_tuple(boost::asio::use_awaitable));
            if (refused)
                co_return;
            auto [away] =
                co_await made->server.async_connect(self->target, boost::asio::as_tuple(boost::asio::use_awaitable));
            if (away)
                continue;
            self->pairs.push_back(made);
            boost::asio::co_spawn(self->executor, forward(self, made), boost::asio::detached);
            boost::asio::co_spawn(self->executor, backward(self, made), boost::asio::detached);
        }
    }

    static boost::asio::awaitable<bool> move_some(tcp::socket& from, tcp::socket& to, state* may_swallow)
    {
        std::array<char, 65536> bytes;
        auto [ended, count] = co_await from.async_read_some(boost::asio::buffer(bytes),
                                                            boost::asio::as_tuple(boost::asio::use_awaitable));
        if (ended)
            co_return false;
        if (may_swallow && may_swallow->swallow_next_answer) {
            may_swallow->swallow_next_answer = false;
            ++may_swallow->swallowed;
            co_return false;
        }
        auto [failed, sent] = co_await boost::asio::async_write(to, boost::asio::buffer(bytes.data(), count),
                                                                boost::asio::as_tuple(boost::asio::use_awaitable));
        co_return !failed;
    }

    static boost::asio::awaitable<void> forward(std::shared_ptr<state>, std::shared_ptr<pair> through)
    {
        while (co_await move_some(through->client, through->server, nullptr)) {
        }
        through->close();
    }

    static boost::asio::awaitable<void> backward(std::shared_ptr<state> self, std::shared_ptr<pair> through)
    {
        while (co_await move_some(through->server, through->client, self.get())) {
        }
        through->close();
    }

    std::shared_ptr<state> state_;
    std::uint16_t port_ = 0;
};

}  // namespace reclaim::testing
