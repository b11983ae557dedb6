#include "sender.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>

#include "answer_head.hpp"

namespace load {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto reconnect_pause = 20ms;
constexpr std::size_t answer_bytes_max = 64 * 1024;

std::int64_t epoch_us()
{
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::int64_t microseconds_since(steady_clock::time_point when)
{
    return std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - when).count();
}

}  // namespace

sender::sender(const asio::any_io_executor& executor, session& shared)
    : shared_(shared),
      socket_(executor),
      timer_(executor)
{}

asio::awaitable<void> sender::run()
{
    for (auto mine = shared_.next(); mine; mine = shared_.next()) {
        if (mine->due)
            co_await rest_until(*mine->due);
        shared_.requests.write(mine->number, current_);
        co_await exchange(mine->due);
        if (shared_.pause > 0ms)
            co_await rest_until(steady_clock::now() + shared_.pause);
        else if (!keep_)
            co_await rest_until(steady_clock::now() + reconnect_pause);
    }
}

asio::awaitable<void> sender::exchange(std::optional<steady_clock::time_point> due)
{
    answered how;
    how.sent_at_us = epoch_us();
    waiting_since_ = steady_clock::now();
    try {
        if (!keep_)
            co_await connect();
        // Measured from here: opening the connection is the sender's affair. Not so a turn that comes late because all
        // connections still wait for answers: that wait is part of what is measured.
        how.sent_at_us = epoch_us();
        if (due)
            how.sent_at_us -= std::max<std::int64_t>(0, microseconds_since(*due));
        co_await asio::async_write(socket_, asio::buffer(current_.bytes), asio::use_awaitable);
        how.status = co_await read_answer();
    } catch (const std::exception&) {
        keep_ = false;
    }
    waiting_since_.reset();
    how.answered_at_us = epoch_us();
    shared_.results.add(current_, how);
}

asio::awaitable<void> sender::connect()
{
    socket_.close();
    co_await socket_.async_connect(shared_.to, asio::use_awaitable);
    socket_.set_option(asio::ip::tcp::no_delay(true));
}

asio::awaitable<int> sender::read_answer()
{
    answer_.resize(answer_bytes_max);
    std::size_t size = 0;
    std::optional<answer_head> head;
    while (!head || size < head->whole_bytes) {
        if (size == answer_.size())
            throw std::runtime_error("the answer is too long");
        size += co_await socket_.async_read_some(asio::buffer(answer_.data() + size, answer_.size() - size),
                                                 asio::use_awaitable);
        if (!head)
            head = read_head(std::string_view(answer_).substr(0, size));
    }
    keep_ = head->keep_alive;
    co_return head->status;
}

asio::awaitable<void> sender::rest_until(steady_clock::time_point when)
{
    timer_.expires_at(when);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void sender::give_up_if_overdue(steady_clock::time_point now)
{
    if (waiting_since_ && now - *waiting_since_ > shared_.timeout)
        socket_.close();
}

void sender::wake()
{
    timer_.cancel();
}

}  // namespace load
