#include "worker/connectors/slots.hpp"

#include <boost/asio/as_tuple.hpp>

namespace reclaim::connectors {

namespace asio = boost::asio;

asio::awaitable<std::optional<slots::holder>> slots::take(async::steady::time_point deadline)
{
    if (free_ > 0) {
        --free_;
        co_return holder(this);
    }
    waiter me{asio::steady_timer(co_await asio::this_coro::executor, deadline)};
    const auto place = waiting_.insert(waiting_.end(), &me);
    co_await me.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (me.granted)
        co_return holder(this);
    waiting_.erase(place);
    co_return std::nullopt;
}

// A slot goes from hand to hand: it is never free while somebody waits, so nobody can overtake the queue.
void slots::give_back()
{
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    waiter* const next = waiting_.front();
    waiting_.pop_front();
    next->granted = true;
    next->timer.cancel();
}

}  // namespace reclaim::connectors
