#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "world.hpp"

// Accepts connections and answers them, each in a coroutine of its own. It alone knows about sockets; what a fault does
// to a connection is decided in exchange.hpp.
namespace sandbox {

class server {
public:
    server(boost::asio::io_context& io, const boost::asio::ip::tcp::endpoint& at, world& w);

    void use_tls(const std::string& cert_file, const std::string& key_file);
    std::string url() const;
    void start();
    // No new connection; open ones end at their next wait. The io_context then runs out of work.
    void stop();

private:
    boost::asio::awaitable<void> accept_loop();
    template <class Task>
    void own(Task task);

    boost::asio::io_context& io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::optional<boost::asio::ssl::context> tls_;
    world& world_;
    std::list<boost::asio::cancellation_signal> running_;
};

}  // namespace sandbox
