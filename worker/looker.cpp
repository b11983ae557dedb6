#include "worker/looker.hpp"

#include "common/json/writer.hpp"
#include "common/log/logger.hpp"
#include "worker/later_look.hpp"

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_time = 5s;

std::string detail_of(const connectors::answer& got)
{
    json::writer out;
    out.begin_object().member("seen", connectors::name_of(got.what));
    if (!got.proof.assignment.empty())
        out.member("assignment", got.proof.assignment);
    out.end_object();
    return out.take();
}

}  // namespace

looker::looker(asio::any_io_executor executor, workshop& shared)
    : shared_(shared),
      session_(executor, shared.settings.database),
      looks_(executor),
      stopped_(executor)
{
    for (const auto& [name, app] : shared.settings.apps)
        apps_.emplace_back(name, app.connector);
}

void looker::stop()
{
    stopping_ = true;
    looks_.cancel();
    stopped_.notify();
}

asio::awaitable<void> looker::run()
{
    std::uniform_real_distribution<double> jitter(0.75, 1.25);
    while (!stopping_) {
        bool more = false;
        std::string why;
        try {
            more = !shared_.removals_wait && co_await look_at_some();
        } catch (const std::exception& e) {
            why = e.what();
        }
        if (!why.empty() && !stopping_)
            log::warn("later_looks_delayed", {{"why", why}});
        if (!more)
            co_await stopped_.wait_until(steady::now() + std::chrono::duration_cast<steady::duration>(
                                                             shared_.settings.later_looks.poll * jitter(shared_.dice)));
    }
    session_.close();
}

asio::awaitable<bool> looker::look_at_some()
{
    const int wanted = shared_.settings.later_looks.at_once;
    const auto until = steady::now() + shared_.settings.lease;
    const auto question = queue::claim_looks(wanted, shared_.settings.lease, apps_);
    const auto claimed = queue::read_claimed_looks(
        co_await session_.query(*question.what, question.with, steady::now() + answer_time), until);
    const auto seen = std::make_shared<std::vector<queue::look_seen>>();  // outlives us when we are cancelled
    for (const auto& one : claimed)
        looks_.spawn("later look", look(one, seen));
    while (!co_await looks_.drain(steady::now() + 1s)) {  // each has a deadline of its own, so this ends
    }
    if (seen->empty())
        co_return false;
    const auto record =
        queue::record_looks(*seen, shared_.settings.linear && shared_.settings.linear->comment_on_drift);
    const auto recorded =
        queue::read_ids(co_await session_.query(*record.what, record.with, steady::now() + answer_time));
    if (recorded.size() < seen->size())
        log::warn("later_looks_lost", {{"looks", seen->size() - recorded.size()}});
    co_return static_cast<int>(claimed.size()) == wanted;
}

asio::awaitable<void> looker::look(queue::claimed_look at, std::shared_ptr<std::vector<queue::look_seen>> seen)
{
    const auto app = *shared_.outside.find_app(at.app);  // only ours were asked for
    const auto whose = target_of(app, at.seat, at.subject, at.email);
    connectors::operation by{at.operation_key, at.held.fence};
    const auto sent_at = steady::now();
    const auto deadline = std::min(sent_at + shared_.settings.call_time, at.held.until - 1s);
    if (app.turns->limited()) {
        auto answer = co_await app.turns->begin(whose.variables, deadline);
        auto* turn = std::get_if<connectors::pass>(&answer);
        if (!turn) {
            // Removals wait for their turn in line; a look comes back later, and never stands in it.
            shared_.counts.later_look_ended("put_off");
            seen->push_back({at.held, "put_off", "no_turn", std::chrono::seconds(5 + shared_.dice() % 25), "", 0, "",
                             "{}", at.connector});
            co_return;
        }
        by.turn = std::make_shared<connectors::pass>(std::move(*turn));
    }
    const auto got = co_await app.connector->look(whose, by, deadline);
    shared_.counts.vendor_call(at.connector, "later_look", connectors::name_of(got.what),
                               std::chrono::duration<double>(steady::now() - sent_at).count());
    const auto verdict =
        judge_look(got.what, at.looks, at.tries, *app.later_looks, shared_.settings.later_looks.retry, shared_.dice);
    if (verdict.closes_gate) {
        const bool by_a_person = std::holds_alternative<connectors::denied>(got.what);
        co_await shared_.close_gate("connector:" + at.connector, by_a_person ? std::nullopt : verdict.wait,
                                    verdict.reason, verdict.why);
    }
    const auto name = name_of(verdict.seen);
    shared_.counts.later_look_ended(name);
    if (verdict.seen == look_verdict::sight::back)
        log::error("drift_found",
                   {{"job", at.held.job_id}, {"app", at.app}, {"seat", at.seat}, {"how", verdict.reason}});
    else if (verdict.seen != look_verdict::sight::gone)
        log::warn("later_look_unread",
                  {{"job", at.held.job_id}, {"seen", name}, {"reason", verdict.reason}, {"why", verdict.why}});
    queue::look_seen done{at.held,
                          name,
                          verdict.reason,
                          std::nullopt,
                          got.proof.operation,
                          got.proof.status,
                          got.proof.request_id,
                          detail_of(got),
                          at.connector};
    if (verdict.wait)
        done.wait = *verdict.wait;
    seen->push_back(std::move(done));
}

}  // namespace reclaim::worker
