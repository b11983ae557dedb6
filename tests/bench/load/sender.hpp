#pragma once
// One kept-alive connection that sends a request, waits for its answer, and sends the next, until there is no more to
// send. A lost connection is counted as no answer and opened anew; the request is not repeated, since nobody knows what
// came of it.
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tally.hpp"

namespace load {

namespace asio = boost::asio;

struct turn {
    std::uint64_t number = 0;
    std::optional<std::chrono::steady_clock::time_point> due;  // nothing: as soon as the connection is free
};

// What all connections share.
struct session {
    asio::ip::tcp::endpoint to;
    approvals& requests;
    tally& results;
    std::function<std::optional<turn>()> next;  // nothing: stop
    std::chrono::milliseconds pause{0};         // between an answer and the next request
    std::chrono::milliseconds timeout{10000};
};

class sender {
public:
    sender(const asio::any_io_executor& executor, session& shared);

    asio::awaitable<void> run();
    // Gives up on an answer that is overdue. Called now and then, which is cheaper than a timer for each request.
    void give_up_if_overdue(std::chrono::steady_clock::time_point now);
    // Ends a pause or an attempt to connect.
    void wake();

private:
    asio::awaitable<void> connect();
    asio::awaitable<void> exchange(std::optional<std::chrono::steady_clock::time_point> due);
    asio::awaitable<int> read_answer();
    asio::awaitable<void> rest_until(std::chrono::steady_clock::time_point when);

    session& shared_;
    asio::ip::tcp::socket socket_;
    asio::steady_timer timer_;
    request current_;
    std::string answer_;
    std::optional<std::chrono::steady_clock::time_point> waiting_since_;
    bool keep_ = false;  // the connection is fit for another request
};

}  // namespace load
