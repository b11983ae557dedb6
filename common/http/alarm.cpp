#include "common/http/alarm.hpp"

#include <utility>

namespace reclaim::http {

constexpr std::chrono::milliseconds ring_again{50};

struct alarm_clock::state : std::enable_shared_from_this<state> {
    explicit state(asio::any_io_executor executor) : timer(std::move(executor)) {}

    void arm()
    {
        armed_for = due.begin()->first;
        timer.expires_at(armed_for);
        // A handler that is already queued cannot be cancelled any more: it must survive the clock, and does nothing
        // then.
        timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
            if (const auto self = weak.lock(); self && !error)
                self->look();
        });
    }

    void look()
    {
        const auto now = steady::now();
        while (!due.empty() && due.begin()->first <= now) {
            alarm& each = *due.begin()->second;
            each.unschedule();
            if (each.deadline_ > now) {
                if (each.deadline_ != steady::time_point::max())
                    each.schedule_at(each.deadline_);
                continue;
            }
            each.rang_ = true;
            each.schedule_at(now + ring_again);
            each.ring_();
        }
        if (!due.empty())
            arm();
        else
            armed_for = steady::time_point::max();
    }

    asio::steady_timer timer;
    steady::time_point armed_for = steady::time_point::max();
    schedule due;
};

alarm_clock::alarm_clock(asio::any_io_executor executor) : state_(std::make_shared<state>(std::move(executor))) {}

alarm::alarm(alarm_clock& clock, std::function<void()> ring) : clock_(clock.state_), ring_(std::move(ring)) {}

alarm::~alarm()
{
    unschedule();
}

void alarm::set(steady::time_point deadline)
{
    rang_ = false;
    deadline_ = deadline;
    if (scheduled_ && place_->first <= deadline)
        return;
    unschedule();
    schedule_at(deadline);
}

void alarm::clear()
{
    rang_ = false;
    deadline_ = steady::time_point::max();
}

void alarm::schedule_at(steady::time_point when)
{
    place_ = clock_->due.emplace(when, this);
    scheduled_ = true;
    if (when < clock_->armed_for)
        clock_->arm();
}

void alarm::unschedule()
{
    if (!scheduled_)
        return;
    clock_->due.erase(place_);
    scheduled_ = false;
    if (clock_->due.empty()) {
        // A pending timer would keep the event loop running after the last connection is gone.
        clock_->armed_for = steady::time_point::max();
        clock_->timer.cancel();
    }
}

}  // namespace reclaim::http
