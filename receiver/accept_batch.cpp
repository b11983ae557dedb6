#include "receiver/accept_batch.hpp"

#include "common/log/logger.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>

namespace reclaim::receiver {

namespace {

constexpr std::chrono::seconds connect_time{5};
constexpr std::chrono::hours idle_time{1};

// One webhook of the batch made it fail, not the state of the server: the others are not to suffer for it.
bool blames_an_item(const pg::error& e)
{
    return e.about_data() || e.sqlstate.starts_with("RC") || e.sqlstate.starts_with("P0");
}

}  // namespace

// Shared by the request and the lane that records it, since either may end first.
struct accept_batch::waiter {
    waiter(asio::any_io_executor executor, queue::webhook w) : what(std::move(w)), woken(std::move(executor)) {}

    void settle(accept_result with)
    {
        outcome = std::move(with);
        woken.cancel();
    }

    queue::webhook what;
    steady::time_point arrived = steady::now();
    asio::steady_timer woken;
    std::optional<accept_result> outcome;
    bool taken = false;
};

struct accept_batch::lane {
    lane(const asio::any_io_executor& executor, const pg::connect_options& database)
        : store(executor, database),
          nudge(executor)
    {}

    queue::approval_store store;
    async::wakeup nudge;
    bool away = false;  // the last attempt to connect failed
};

accept_batch::accept_batch(asio::any_io_executor executor, const pg::connect_options& database, accept_options options,
                           receiver_metrics& metrics, std::function<void()> on_new_jobs)
    : executor_(executor),
      options_(options),
      metrics_(metrics),
      on_new_jobs_(std::move(on_new_jobs)),
      tasks_(executor)
{
    for (std::size_t i = 0; i < options_.connections; ++i)
        lanes_.push_back(std::make_unique<lane>(executor, database));
}

accept_batch::~accept_batch() = default;

void accept_batch::start()
{
    for (const auto& each : lanes_)
        tasks_.spawn("accept lane", run(*each));
}

asio::awaitable<void> accept_batch::stop(steady::time_point deadline)
{
    stopping_ = true;
    for (const auto& each : lanes_)
        each->nudge.notify();
    if (co_await tasks_.drain(deadline))
        co_return;
    tasks_.cancel();
    co_await tasks_.drain(steady::now() + std::chrono::milliseconds(200));
}

asio::awaitable<accept_result> accept_batch::submit(queue::webhook what)
{
    using enum not_accepted::kind;
    if (stopping_)
        co_return not_accepted{unavailable, "the receiver is stopping"};
    if (database_away())
        co_return not_accepted{unavailable, "the database is away"};
    if (waiting_.size() >= options_.waiting_max)
        co_return not_accepted{unavailable, "too many requests wait for the database"};

    const auto self = std::make_shared<waiter>(executor_, std::move(what));
    const auto place = waiting_.insert(waiting_.end(), self);
    note_waiting();
    if (!idle_.empty()) {
        idle_.back()->nudge.notify();
        idle_.pop_back();
    }
    self->woken.expires_at(self->arrived + options_.wait_max);
    co_await self->woken.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!self->taken) {
        waiting_.erase(place);
        note_waiting();
        co_return not_accepted{unavailable, "no connection to the database was free in time"};
    }
    // A lane has it, and a lane settles whatever it took.
    while (!self->outcome) {
        self->woken.expires_at(steady::time_point::max());
        co_await self->woken.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return std::move(*self->outcome);
}

void accept_batch::drop_idle_connections()
{
    for (lane* each : idle_) {
        each->store.disconnect();
        each->nudge.notify();
    }
    idle_.clear();
}

asio::awaitable<void> accept_batch::run(lane& self)
{
    while (!stopping_ || !waiting_.empty()) {
        if (!co_await connect(self))
            continue;
        if (waiting_.empty()) {
            idle_.push_back(&self);
            co_await self.nudge.wait_until(steady::now() + idle_time);
            std::erase(idle_, &self);
            continue;
        }
        auto batch = take_batch();
        const auto deadline = steady::now() + options_.deadline;
        co_await record(self, std::move(batch), deadline);
    }
}

// A lane connects before it takes anything, so that a request never waits for a connection attempt that may hang.
asio::awaitable<bool> accept_batch::connect(lane& self)
{
    if (self.store.connected())
        co_return true;
    try {
        co_await self.store.connect(steady::now() + connect_time);
        self.away = false;
    } catch (const std::exception&) {
        self.away = true;  // the session has logged why
    }
    if (!self.away)
        co_return true;
    if (stopping_) {
        for (const auto& each : take_batch())
            each->settle(not_accepted{not_accepted::kind::unavailable, "the database is away"});
        co_return false;
    }
    co_await self.nudge.wait_until(self.store.next_attempt());
    co_return false;
}

bool accept_batch::database_away() const
{
    return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& each) { return each->away; });
}

accept_batch::waiters accept_batch::take_batch()
{
    waiters batch;
    while (!waiting_.empty() && batch.size() < options_.batch_max) {
        waiting_.front()->taken = true;
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    note_waiting();
    return batch;
}

asio::awaitable<void> accept_batch::record(lane& self, waiters batch, steady::time_point deadline)
{
    next then = co_await try_once(self, batch, deadline);
    if (then == next::repeat)
        then = co_await try_once(self, batch, deadline);
    if (then == next::repeat) {
        for (const auto& each : batch)
            each->settle(not_accepted{not_accepted::kind::unavailable, "the database was too busy"});
    } else if (then == next::isolate) {
        for (const auto& each : batch)
            co_await record(self, {each}, deadline);
    }
}

asio::awaitable<accept_batch::next> accept_batch::try_once(lane& self, const waiters& batch,
                                                           steady::time_point deadline)
{
    std::vector<const queue::webhook*> webhooks;
    for (const auto& each : batch)
        webhooks.push_back(&each->what);
    not_accepted why;
    try {
        if (steady::now() >= deadline)
            throw pg::connection_lost("the deadline has passed");
        const auto answers = co_await self.store.accept(webhooks, deadline);
        metrics_.commits.add();
        metrics_.batch_size.observe(static_cast<double>(batch.size()));
        bool new_jobs = false;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            new_jobs |=
                answers[i].verdict == queue::verdict::accepted || answers[i].verdict == queue::verdict::seconded;
            batch[i]->settle(answers[i]);
        }
        if (new_jobs)
            on_new_jobs_();
        co_return next::done;
    } catch (const pg::error& e) {
        if (e.worth_repeating())
            co_return next::repeat;
        if (blames_an_item(e) && batch.size() > 1)
            co_return next::isolate;
        // A demoted primary takes no writes: connect anew, and libpq looks for the one that does.
        if (e.sqlstate.starts_with("25"))
            self.store.disconnect();
        if (blames_an_item(e))
            why = {not_accepted::kind::refused, "the database refused a value of this webhook"};
        else
            why = {not_accepted::kind::unavailable, "the database could not record it"};
        log::error("webhooks_not_recorded", {{"why", e.what()}, {"count", batch.size()}});
    } catch (const pg::commit_in_doubt& e) {
        // It may be recorded; the sender's next attempt finds out, and is told "duplicate".
        why = {not_accepted::kind::unavailable, "whether it was recorded is not known"};
        log::warn("commit_in_doubt", {{"why", e.what()}, {"count", batch.size()}});
    } catch (const pg::connection_lost& e) {
        why = {not_accepted::kind::unavailable, "the database is away"};
        log::warn("webhooks_not_recorded", {{"why", e.what()}, {"count", batch.size()}});
    } catch (const std::exception& e) {
        why = {not_accepted::kind::unavailable, "the database could not record it"};
        log::error("webhooks_not_recorded", {{"why", e.what()}, {"count", batch.size()}});
    }
    for (const auto& each : batch)
        each->settle(why);
    co_return next::done;
}

void accept_batch::note_waiting()
{
    metrics_.waiting.set(static_cast<double>(waiting_.size()));
}

}  // namespace reclaim::receiver
