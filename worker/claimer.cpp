#include "worker/claimer.hpp"

#include "common/log/logger.hpp"
#include "worker/attempt.hpp"

#include <limits>

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;

constexpr int batch_max = 200;
constexpr auto answer_time = 5s;
constexpr std::int64_t no_floor = std::numeric_limits<std::int64_t>::min();
// How far below the last claimed job a claim still looks: a job whose commit took this long would be found by the
// sweep.
constexpr std::int64_t floor_margin_us = 1'000'000;
constexpr auto sweep_every = 5s;

}  // namespace

claimer::claimer(asio::any_io_executor executor, workshop& shared, lease_book& book, async::task_group& attempts,
                 pg::uuid worker)
    : shared_(shared),
      book_(book),
      attempts_(attempts),
      worker_(worker),
      session_(executor, shared.settings.database),
      nudged_(executor),
      floor_(no_floor)
{}

int claimer::places() const
{
    return shared_.settings.in_flight_max - static_cast<int>(book_.size());
}

void claimer::stop()
{
    stopping_ = true;
    nudge();
}

asio::awaitable<void> claimer::run()
{
    std::uniform_real_distribution<double> jitter(0.75, 1.25);
    // No message may leave through a gate that was closed before we started.
    while (!stopping_ && !shared_.closed_gates.known())
        co_await nudged_.wait_until(steady::now() + 20ms);
    while (!stopping_) {
        bool more = false;
        std::string why;
        try {
            const int wanted = std::min(places(), batch_max);
            if (steady::now() >= look_at_)
                look_at_ = steady::time_point::max();
            more = wanted > 0 && !shared_.calls_until && co_await claim_once() == static_cast<std::size_t>(wanted);
            shared_.removals_wait = wanted <= 0 || more;
        } catch (const std::exception& e) {
            why = e.what();
        }
        if (!why.empty())
            log::warn("claim_failed", {{"why", why}});
        if (more)
            continue;
        auto pause = std::chrono::duration_cast<steady::duration>(shared_.settings.poll * jitter(shared_.dice));
        if (!why.empty())
            pause = std::max<steady::duration>(session_.next_attempt() - steady::now(), 20ms);
        co_await nudged_.wait_until(std::min(steady::now() + pause, look_at_));
        // A full house empties one by one; claiming for each would be a commit per job.
        while (!stopping_ && places() > 0 && places() < std::min(batch_max, shared_.settings.in_flight_max) / 8) {
            if (!co_await nudged_.wait_until(steady::now() + 3ms))
                break;
        }
    }
    session_.close();
}

asio::awaitable<std::size_t> claimer::claim_once()
{
    const auto now = steady::now();
    const bool sweep = now >= next_sweep_;
    if (sweep)
        next_sweep_ = now + sweep_every;
    // The lease is counted from before the question left, so that we never believe in it longer than the database does.
    const auto until = now + shared_.settings.lease;
    const auto question = queue::claim_jobs(worker_, std::min(places(), batch_max), shared_.settings.lease,
                                            sweep ? no_floor : floor_, shared_.settings.crashes_max);
    // Alone it is a transaction of its own. What COMMIT could still tell does not matter here: a claim we do not hear
    // of is somebody's again when its lease ends.
    const auto answer = co_await session_.query(*question.what, question.with, now + answer_time);
    auto jobs = queue::read_claimed(answer, until);
    if (!jobs.empty())
        floor_ = std::max(floor_, jobs.back().visible_at - floor_margin_us);
    shared_.counts.claimed.add(static_cast<double>(jobs.size()));
    for (auto& job : jobs) {
        // Held, requeued or expired meanwhile and now claimed anew: the attempt that still runs here must not act
        // again.
        if (const auto before = book_.find(job.held.job_id))
            shared_.drop(*before);
        auto held = book_.enter(std::move(job));
        if (stopping_)
            continue;  // nobody would wait for the attempt; the book's jobs are handed back
        if (shared_.calls_until) {
            book_.strike(*held);
            attempts_.spawn("hand back", shared_.hand_back(held));
            continue;
        }
        held->attempt = attempts_.spawn("attempt", attempt_one(held));
    }
    co_return jobs.size();
}

asio::awaitable<void> claimer::attempt_one(std::shared_ptr<held_job> held)
{
    attempt one(shared_, held);
    std::string why;
    try {
        co_await one.run();
    } catch (const std::exception& e) {
        why = e.what();
    }
    // Whatever it was, the job is not lost: its lease ends and the next holder looks before it acts.
    if (!why.empty() && !held->lost && !stopping_)
        log::error("attempt_broke", {{"job", held->job.held.job_id}, {"why", why}});
    if (why.empty() || held->lost || !stopping_)
        book_.strike(*held);
    nudge();
}

}  // namespace reclaim::worker
