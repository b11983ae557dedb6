#pragma once
// Drives one claimed job as far as it goes now: intent, removal, record, ticket, confirmation. It decides nothing
// itself (step_machine.hpp does) and writes nothing itself (the committer does); it keeps to its lease: once that is
// lost it stops without a word, since the job has another holder.
#include "worker/step_machine.hpp"
#include "worker/workshop.hpp"

namespace reclaim::worker {

class attempt {
public:
    attempt(workshop& shared, std::shared_ptr<held_job> held) : shared_(shared), held_(std::move(held)) {}

    asio::awaitable<void> run();

private:
    struct seen {
        next_step step;
        connectors::evidence proof;
        std::string captured;  // by the last look that showed the seat held
    };
    asio::awaitable<bool> may_begin(const vendors::app& app);
    asio::awaitable<std::optional<queue::message>> go_on(const vendors::app& app, const queue::begin_verdict& intent);
    asio::awaitable<void> rehearse(const vendors::app& app, const queue::begin_verdict& intent);
    asio::awaitable<std::optional<seen>> look_act_look(const vendors::app& app, const queue::begin_verdict& intent);
    asio::awaitable<connectors::answer> call(phase at, const vendors::app& app, const queue::begin_verdict& intent);
    asio::awaitable<std::optional<queue::message>> record(conclude what, seen last, const vendors::app& app);
    asio::awaitable<void> record_restored(conclude what, seen last, const std::string& before, std::string connector);
    asio::awaitable<void> record(give_up what, connectors::evidence proof, std::string connector);
    asio::awaitable<void> record(pause_all what, connectors::evidence proof, std::string connector);
    asio::awaitable<void> wait_for(std::string gate);

    const queue::lease& lease() const { return held_->job.held; }
    bool is_restore() const { return held_->job.kind == queue::job_kind::restore; }

    workshop& shared_;
    std::shared_ptr<held_job> held_;
    std::shared_ptr<connectors::pass> turn_;  // for the first call, taken before the intent
    bool sent_ =
        false;  // a call that removes (or gives back) may have left, now or in an attempt whose end is not on record
};

}  // namespace reclaim::worker
