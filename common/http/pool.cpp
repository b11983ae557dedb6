#include "common/http/pool.hpp"

#include <boost/asio/as_tuple.hpp>
#include <utility>

namespace reclaim::http {

using async::steady;

pool::slot::~slot()
{
    if (const auto from = std::move(from_)) {
        connection.reset();
        from->give_back(nullptr);
    }
}

void pool::slot::keep()
{
    if (const auto from = std::move(from_))
        from->give_back(std::move(connection));
}

asio::awaitable<std::optional<pool::slot>> pool::acquire(steady::time_point deadline)
{
    drop_old();
    if (line_.empty() && (!idle_.empty() || open_ < connections_max_)) {
        auto kept = take_idle();
        if (!kept)
            ++open_;
        slot mine(shared_from_this());
        mine.connection = std::move(kept);
        co_return mine;
    }

    waiter self{asio::steady_timer(co_await asio::this_coro::executor, deadline), std::nullopt};
    struct place {
        const waiter& of;
        std::list<waiter*>& line;
        std::list<waiter*>::iterator at;
        ~place()
        {
            if (!of.granted)
                line.erase(at);
        }
    };
    {
        const place held{self, line_, line_.insert(line_.end(), &self)};
        co_await self.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return std::move(self.granted);
}

void pool::close()
{
    closed_ = true;
    open_ -= idle_.size();
    idle_.clear();
}

// The newest idle connection that is still fit; the others met on the way are closed.
std::unique_ptr<channel> pool::take_idle()
{
    while (!idle_.empty()) {
        auto newest = std::move(idle_.back().connection);
        idle_.pop_back();
        if (newest->quiet())
            return newest;
        --open_;
    }
    return nullptr;
}

void pool::drop_old()
{
    const auto oldest_fit = steady::now() - idle_max_;
    while (!idle_.empty() && idle_.front().since < oldest_fit) {
        idle_.pop_front();
        --open_;
    }
}

void pool::give_back(std::unique_ptr<channel> fit)
{
    if (!line_.empty()) {
        waiter& next = *line_.front();
        line_.pop_front();
        next.granted.emplace(slot(shared_from_this()));
        next.granted->connection = std::move(fit);
        next.timer.cancel();
        return;
    }
    if (fit && !closed_)
        idle_.push_back({std::move(fit), steady::now()});
    else
        --open_;
    drop_old();
}

}  // namespace reclaim::http
