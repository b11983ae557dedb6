#include "common/async/wakeup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <utility>

namespace reclaim::async {

void wakeup::notify()
{
    pending_ = true;
    timer_.cancel();
}

asio::awaitable<bool> wakeup::wait_until(steady::time_point deadline)
{
    if (!pending_) {
        timer_.expires_at(deadline);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return std::exchange(pending_, false);
}

}  // namespace reclaim::async
