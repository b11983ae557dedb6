#pragma once
// Keeps this worker's leases and its own life: renews what lasts longer than a third of a lease, frees the jobs of
// workers that died, and reads the gates. All of it in one short transaction about once a second.
#include "common/pg/session.hpp"
#include "worker/workshop.hpp"

#include <functional>

namespace reclaim::worker {

class lease_keeper {
public:
    lease_keeper(asio::any_io_executor executor, workshop& shared, lease_book& book, pg::uuid worker,
                 std::function<void()> on_freed);

    asio::awaitable<void> run();
    void stop();
    // A gate or a held job changed: look now, at every lease.
    void nudge()
    {
        renew_all_ = true;
        nudged_.notify();
    }
    bool up() const { return session_.up(); }
    // Ends this worker's registration; called when nothing is held any more.
    asio::awaitable<void> sign_off();

private:
    asio::awaitable<void> beat();
    asio::awaitable<void> make_partitions();  // of the months to come, once a day
    void drop(held_job& entry);

    workshop& shared_;
    lease_book& book_;
    pg::uuid worker_;
    std::function<void()> on_freed_;
    pg::session session_;
    async::wakeup nudged_;
    bool stopping_ = false;
    bool renew_all_ = false;
    steady::time_point next_partitions_ = steady::now() + std::chrono::hours(1);  // migrate has just made them
};

}  // namespace reclaim::worker
