#include "sender.hpp"

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

}  // namespace

sender::sender(const asio::any_io_executor& executor, session& shared)
    : shared_(shared),
      socket_(executor),
      timer_(executor)
{}

asio::awaitable<void> sender::run()
{
    for (auto number = shared_.next(); number; number = shared_.next()) {
        shared_.requests.write(*number, current_);
        co_await exchange();
        if (shared_.pause > 0ms)
            co_await rest(shared_.pause);
        else if (!keep_)
            co_await rest(reconnect_pause);
    }
}

asio::awaitable<void> sender::exchange()
{
    answered how;
    how.sent_at_us = epoch_us();
    waiting_since_ = steady_clock::now();
    try {
        if (!keep_)
            co_await connect();
        // Measured from here: opening the connection is the sender's affair.
        how.sent_at_us = epoch_us();
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

asio::awaitable<void> sender::rest(std::chrono::milliseconds how_long)
{
    timer_.expires_after(how_long);
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
