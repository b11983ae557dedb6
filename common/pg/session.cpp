#include "common/pg/session.hpp"

#include "common/log/logger.hpp"

#include <algorithm>

namespace reclaim::pg {
namespace {

constexpr std::chrono::milliseconds pause_first{20};
constexpr std::chrono::milliseconds pause_max{500};

}  // namespace

session::session(asio::any_io_executor executor, connect_options options)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      dice_(std::random_device{}())
{}

asio::awaitable<connection*> session::ready(steady::time_point deadline)
{
    if (up())
        co_return connection_.get();
    connection_.reset();
    if (steady::now() < next_attempt_)
        throw connection_lost("the database is away; the next attempt to connect is due soon");
    std::exception_ptr failure;
    std::string why;
    try {
        connection_ = co_await connection::open(options_, deadline);
    } catch (const std::exception& e) {
        failure = std::current_exception();
        why = e.what();
    }
    if (!failure) {
        if (pause_ > std::chrono::milliseconds(0))
            log::info("database_back", {{"application", options_.application_name}});
        pause_ = std::chrono::milliseconds(0);
        co_return connection_.get();
    }
    if (pause_ == std::chrono::milliseconds(0))
        log::warn("database_away", {{"why", why}, {"application", options_.application_name}});
    pause_ = std::clamp(pause_ * 2, pause_first, pause_max);
    std::uniform_real_distribution<double> jitter(0.5, 1.0);
    next_attempt_ = steady::now() + std::chrono::duration_cast<steady::duration>(pause_ * jitter(dice_));
    std::rethrow_exception(failure);
}

asio::awaitable<std::vector<rows>> session::transact(std::vector<call> calls, steady::time_point deadline)
{
    connection* const open = co_await ready(deadline);
    co_return co_await open->transact(calls, deadline);
}

asio::awaitable<rows> session::query(const statement& what, params with, steady::time_point deadline)
{
    connection* const open = co_await ready(deadline);
    co_return co_await open->query(what, with, deadline);
}

}  // namespace reclaim::pg
