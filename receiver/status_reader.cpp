#include "receiver/status_reader.hpp"

#include "common/log/logger.hpp"

namespace reclaim::receiver {

namespace {

constexpr std::chrono::milliseconds turn_time{200};
constexpr std::chrono::milliseconds read_time{2000};

status_reader::answer unavailable(const char* why)
{
    return {boost::system::in_place_error, why};
}

}  // namespace

status_reader::status_reader(asio::any_io_executor executor, const pg::connect_options& database)
    : store_(executor, database),
      turn_(executor, 1)
{
    turn_.try_send(boost::system::error_code());
}

asio::awaitable<bool> status_reader::take_turn()
{
    co_await turn_.async_receive(asio::use_awaitable);
    co_return true;
}

asio::awaitable<status_reader::answer> status_reader::read(std::string_view source, std::string_view approval_id)
{
    const auto mine = co_await async::with_deadline(take_turn(), steady::now() + turn_time);
    if (!mine)
        co_return unavailable("too many ask for the status of approvals");
    struct give_back {
        decltype(turn_)& turn;
        ~give_back() { turn.try_send(boost::system::error_code()); }
    } const after{turn_};
    try {
        auto found = co_await store_.status(source, approval_id, steady::now() + read_time);
        co_return answer(std::move(found));
    } catch (const std::exception& e) {
        log::warn("status_not_read", {{"why", e.what()}});
    }
    co_return unavailable("the database is away");
}

}  // namespace reclaim::receiver
