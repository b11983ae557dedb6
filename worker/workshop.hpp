#pragma once
// What every attempt of this process shares.
#include "common/log/logger.hpp"
#include "worker/committer.hpp"
#include "worker/gates.hpp"
#include "worker/lease_book.hpp"
#include "worker/meters.hpp"
#include "worker/vendors.hpp"

#include <optional>
#include <random>
#include <string>

namespace reclaim::worker {

struct workshop {
    const options& settings;
    committer& records;
    gates& closed_gates;
    vendors& outside;
    meters& counts;
    std::minstd_rand dice{std::random_device{}()};
    std::chrono::microseconds database_ahead{0};  // the database's clock minus ours: what we sign carries its time
    bool removals_wait = true;                    // the last claim found no end of due jobs, or had no place for any
    // While others may take this worker for dead: when its calls must have ended. See lease_keeper::doubt().
    std::optional<steady::time_point> calls_until{};

    std::chrono::system_clock::time_point database_now() const
    {
        return std::chrono::system_clock::now() +
               std::chrono::duration_cast<std::chrono::system_clock::duration>(database_ahead);
    }

    // The job is not ours any more: its lease ran out, a record was refused, or somebody else holds it. Counted once.
    void lose(held_job& job, std::string_view how = "record_refused")
    {
        if (std::exchange(job.lost, true))
            return;
        counts.leases_lost.add();
        log::warn("lease_lost", {{"job", job.job.held.job_id}, {"fence", job.job.held.fence}, {"how", how}});
    }
    // The same, learned while its attempt runs: that ends at its next await.
    void drop(held_job& job, std::string_view how = "not_renewed")
    {
        lose(job, how);
        if (const auto attempt = job.attempt.lock())
            attempt->emit(asio::cancellation_type::terminal);
    }

    // Every call to the outside ends before the lease may: then nobody else can be working on the job while it runs.
    steady::time_point call_deadline(const held_job& job) const
    {
        return std::min(steady::now() + settings.call_time, calls_end(job) - std::chrono::milliseconds(100));
    }
    // Enough time is left to begin a call that ends before its deadline.
    bool may_call(const held_job& job) const
    {
        return !job.lost && steady::now() + std::chrono::milliseconds(200) < calls_end(job);
    }
    // For every worker, as long as `wait`, or without one until a person opens it. `reason` is the log's word for it.
    asio::awaitable<void> close_gate(std::string scope, std::optional<std::chrono::milliseconds> wait,
                                     std::string reason, std::string why)
    {
        closed_gates.close(scope, wait);
        log::warn("gate_closed", {{"scope", scope}, {"reason", reason}, {"why", why}});
        throttle_request closing{std::move(scope), wait, std::move(why)};
        co_await records.throttle(std::move(closing));
    }
    asio::awaitable<void> hand_back(std::shared_ptr<held_job> job)
    {
        queue::hand_back_request back{job->job.held, std::chrono::microseconds(0), ""};
        co_await records.hand_back(std::move(back));
    }

private:
    steady::time_point calls_end(const held_job& job) const
    {
        return std::min(job.job.held.until, calls_until.value_or(steady::time_point::max()));
    }
};

}  // namespace reclaim::worker
