#pragma once
// Keeps this worker's leases and its own life: renews what lasts longer than a third of a lease, frees the jobs of
// workers that died, and reads the gates. All of it in one short transaction about once a second.
#include "common/async/task_group.hpp"
#include "common/pg/session.hpp"
#include "worker/workshop.hpp"

#include <functional>

namespace reclaim::worker {

class lease_keeper {
public:
    struct hooks {
        std::function<void(steady::time_point)> work;  // there may be jobs to claim from then on
        std::function<void(const std::vector<queue::connector_news>&)>
            news;  // the gates were read, and this beside them
    };
    lease_keeper(asio::any_io_executor executor, workshop& shared, lease_book& book, async::task_group& attempts,
                 pg::uuid worker, hooks on);

    asio::awaitable<void> run();
    void stop();
    // A gate or a held job changed: look now, at every lease.
    void nudge()
    {
        renew_all_ = true;
        nudged_.notify();
    }
    bool up() const { return session_.up(); }
    // The session that proves us alive is gone, and with it the lock: in reclaim.time_to_stop() others may hold our
    // jobs (worker_tick). Until we are registered anew and every lease is renewed nothing is claimed; unless that
    // happens in time every call is cut off before, and the jobs are handed back when the database answers.
    void doubt();
    // Registered anew: what is renewed from here on stays ours.
    void trust();
    // Ends this worker's registration; called when nothing is held any more.
    asio::awaitable<void> sign_off();

private:
    asio::awaitable<void> beat();
    asio::awaitable<void> make_partitions();  // of the months to come, once a day
    void drop(held_job& entry);
    void cut_off();

    workshop& shared_;
    lease_book& book_;
    async::task_group& attempts_;
    pg::uuid worker_;
    hooks on_;
    pg::session session_;
    async::wakeup nudged_;
    asio::steady_timer cut_off_;
    bool registered_ = true;  // before the first time nobody can take us for dead
    int doubts_ = 0;
    bool stopping_ = false;
    bool renew_all_ = false;
    steady::time_point next_partitions_ = steady::now() + std::chrono::hours(1);  // migrate has just made them
};

}  // namespace reclaim::worker
