#include "worker/lease_keeper.hpp"

#include "common/log/logger.hpp"

#include <algorithm>
#include <utility>

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;

// PostgreSQL counts from 2000-01-01.
constexpr std::chrono::sys_days epoch_2000{std::chrono::year{2000} / 1 / 1};
constexpr auto freed_after = 750ms;  // reclaim.time_to_stop()
constexpr auto proof_time = 550ms;   // so that we have stopped before

}  // namespace

lease_keeper::lease_keeper(asio::any_io_executor executor, workshop& shared, lease_book& book,
                           async::task_group& attempts, pg::uuid worker, hooks on)
    : shared_(shared),
      book_(book),
      attempts_(attempts),
      worker_(worker),
      on_(std::move(on)),
      session_(executor, shared.settings.database),
      nudged_(executor),
      cut_off_(executor)
{}

void lease_keeper::stop()
{
    stopping_ = true;
    nudge();
}

asio::awaitable<void> lease_keeper::run()
{
    std::uniform_real_distribution<double> jitter(0.8, 1.2);
    const auto period = std::min<std::chrono::milliseconds>(1s, shared_.settings.lease / 6);
    while (!stopping_) {
        std::string why;
        try {
            co_await beat();
            if (steady::now() >= next_partitions_)
                co_await make_partitions();
        } catch (const std::exception& e) {
            why = e.what();
        }
        shared_.counts.database_up.set(why.empty() ? 1 : 0);
        if (!why.empty())
            log::warn("beat_failed", {{"why", why}});
        for (const auto& entry : book_.all())
            if (steady::now() >= entry->job.held.until)
                drop(*entry);
        co_await nudged_.wait_until(steady::now() +
                                    std::chrono::duration_cast<steady::duration>(period * jitter(shared_.dice)));
    }
}

void lease_keeper::doubt()
{
    registered_ = false;
    ++doubts_;
    if (shared_.calls_until)
        return;
    shared_.calls_until = steady::now() + proof_time;
    cut_off_.expires_at(*shared_.calls_until);
    cut_off_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled && shared_.calls_until && steady::now() >= *shared_.calls_until)
            cut_off();
    });
}

void lease_keeper::trust()
{
    registered_ = true;
    nudge();
}

void lease_keeper::cut_off()
{
    for (const auto& entry : book_.all()) {
        book_.strike(*entry);
        shared_.drop(*entry, "session_lost");
        attempts_.spawn("hand back", shared_.hand_back(entry));
    }
}

void lease_keeper::drop(held_job& entry)
{
    book_.strike(entry);
    shared_.drop(entry);
}

asio::awaitable<void> lease_keeper::beat()
{
    const auto now = steady::now();
    std::vector<pg::call> calls{queue::worker_tick(worker_)};
    std::vector<std::shared_ptr<held_job>> renewing;
    std::vector<queue::lease> leases;
    const bool all = std::exchange(renew_all_, false);
    const bool registered = registered_;
    const int doubts = doubts_;
    for (const auto& entry : book_.all()) {
        if (!registered)
            break;
        if (all || entry->job.held.until - now < shared_.settings.lease * 2 / 3) {
            renewing.push_back(entry);
            leases.push_back(entry->job.held);
        }
    }
    if (!leases.empty())
        calls.push_back(queue::renew_leases(leases, shared_.settings.lease));
    const auto asked_at = std::chrono::system_clock::now();
    std::vector<pg::rows> answers;
    if (leases.empty())  // idle, as most of a worker's life: one statement, not three
        answers.push_back(co_await session_.query(*calls.front().what, calls.front().with, now + 5s));
    else
        answers = co_await session_.transact(std::move(calls), now + 5s);

    const auto seen = queue::read_tick(answers.at(0));
    const auto database_now = epoch_2000 + std::chrono::microseconds(seen.now);
    const auto half_way = asked_at + (std::chrono::system_clock::now() - asked_at) / 2;
    shared_.database_ahead = std::chrono::duration_cast<std::chrono::microseconds>(database_now - half_way);
    shared_.closed_gates.replace(seen.gates);
    on_.news(seen.connectors);
    if (seen.jobs_freed > 0) {
        log::info("jobs_freed", {{"jobs", seen.jobs_freed}});
        shared_.counts.jobs_freed.add(static_cast<double>(seen.jobs_freed));
        on_.work(steady::now() + freed_after);
    }
    auto ours = renewing.empty() ? std::vector<std::int64_t>() : queue::read_ids(answers.at(1));
    std::sort(ours.begin(), ours.end());
    for (const auto& entry : renewing) {
        if (std::binary_search(ours.begin(), ours.end(), entry->job.held.job_id))
            entry->job.held.until = now + shared_.settings.lease;
        // A job that was finished or given back while the renewal was on its way is not in the book any more.
        else if (book_.find(entry->job.held.job_id) == entry)
            drop(*entry);
    }
    if (registered && doubts == doubts_ && shared_.calls_until) {
        shared_.calls_until.reset();
        cut_off_.cancel();
        on_.work(now);
    }
}

asio::awaitable<void> lease_keeper::make_partitions()
{
    std::vector<pg::call> calls;
    calls.push_back(queue::ensure_partitions());
    co_await session_.transact(std::move(calls), steady::now() + 5s);
    next_partitions_ = steady::now() + 24h;
}

asio::awaitable<void> lease_keeper::sign_off()
{
    std::vector<pg::call> calls;
    calls.push_back(queue::unregister_worker(worker_));
    co_await session_.transact(std::move(calls), steady::now() + 1s);
    session_.close();
}

}  // namespace reclaim::worker
