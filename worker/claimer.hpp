#pragma once
// Claims jobs in batches and hands each to an attempt of its own. It claims when somebody nudges it (NOTIFY, a freed
// place) and, whatever happens to nudges, at every jittered poll.
#include "common/async/task_group.hpp"
#include "common/async/wakeup.hpp"
#include "common/pg/session.hpp"
#include "worker/workshop.hpp"

namespace reclaim::worker {

class claimer {
public:
    claimer(asio::any_io_executor executor, workshop& shared, lease_book& book, async::task_group& attempts,
            pg::uuid worker);

    asio::awaitable<void> run();
    void stop();
    void nudge() { nudged_.notify(); }
    // There will be jobs then.
    void look_at(steady::time_point when)
    {
        look_at_ = when;
        nudge();
    }
    bool up() const { return session_.up(); }

private:
    asio::awaitable<std::size_t> claim_once();
    asio::awaitable<void> attempt_one(std::shared_ptr<held_job> held);
    int places() const;

    workshop& shared_;
    lease_book& book_;
    async::task_group& attempts_;
    pg::uuid worker_;
    pg::session session_;
    async::wakeup nudged_;
    bool stopping_ = false;
    std::int64_t floor_;
    steady::time_point look_at_ = steady::time_point::max();
    steady::time_point next_sweep_{};
};

}  // namespace reclaim::worker
