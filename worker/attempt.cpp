#include "worker/attempt.hpp"

#include "common/base/overloaded.hpp"
#include "common/crypto/digest.hpp"
#include "common/json/writer.hpp"
#include "common/log/logger.hpp"
#include "worker/connectors/capture.hpp"
#include "worker/deliver.hpp"

namespace reclaim::worker {
namespace {

using namespace connectors;

delivery::ticket_fields fields_of(const queue::claimed_job& job, const std::string& outcome)
{
    return {{"app", job.app},
            {"seat", job.seat},
            {"subject", job.subject},
            {"email", job.email},
            {"approver", job.approver},
            {"requester", job.requester},
            {"approval_id", job.approval_ref},
            {"reason", job.reason},
            {"outcome", outcome},
            {"job_id", std::to_string(job.held.job_id)}};
}

std::string detail_of(const evidence& proof)
{
    json::writer out;
    out.begin_object();
    if (!proof.assignment.empty())
        out.member("assignment", proof.assignment);
    out.end_object();
    return out.take();
}

}  // namespace

asio::awaitable<void> attempt::run()
{
    const auto& job = held_->job;
    if (job.state == queue::job_state::deliver || job.state == queue::job_state::held) {
        co_await deliver(shared_, held_, std::nullopt);
        co_return;
    }
    const auto app = shared_.outside.find_app(job.app);
    if (!app) {
        // Another worker's configuration may know it; this one must not decide that nobody does.
        log::error("app_not_configured",
                   {{"app", job.app}, {"job", lease().job_id}, {"fix", "add [apps." + job.app + "]"}});
        queue::hand_back_request later{lease(), std::chrono::seconds(60), "app:" + job.app};
        if (!co_await shared_.records.hand_back(std::move(later)))
            shared_.lose(*held_);
        co_return;
    }
    if (app->turns->limited() && !co_await may_begin(*app))
        co_return;
    queue::begin_request asked{lease(), app->connector_name, job.kind, app->connector->can_restore()};
    const auto intent = co_await shared_.records.begin(std::move(asked));
    if (!intent) {
        shared_.lose(*held_);
        co_return;
    }
    using verdict = queue::begin_verdict::kind;
    if (intent->what != verdict::go && intent->what != verdict::look && intent->what != verdict::rehearse)
        turn_.reset();  // no call follows: its place is another's
    switch (intent->what) {
    case queue::begin_verdict::kind::gate_closed:
        co_await wait_for(intent->detail);
        break;
    case queue::begin_verdict::kind::later:
        shared_.counts.attempt_ended("later");
        break;  // parked until it may begin
    case queue::begin_verdict::kind::held:
        shared_.counts.attempt_ended("held");
        break;  // fenced off by the hold itself; its notice is claimed like any other job
    case queue::begin_verdict::kind::concluded:
        shared_.counts.attempt_ended("refused");
        co_await deliver(shared_, held_, std::nullopt);
        break;
    case queue::begin_verdict::kind::go:
    case queue::begin_verdict::kind::look:
        if (auto ticket = co_await go_on(*app, *intent))
            co_await deliver(shared_, held_, std::move(ticket));
        break;
    case queue::begin_verdict::kind::rehearse:
        co_await rehearse(*app, *intent);
        break;
    }
}

// Whether its first call may be made now. A job that has to wait for its turn waits in the queue, where it is in
// nobody's way: no place here, no intent, no attempt charged.
asio::awaitable<bool> attempt::may_begin(const vendors::app& app)
{
    const std::string scope = "connector:" + app.connector_name;
    if (const auto closed = shared_.closed_gates.find_closed({"app:" + held_->job.app, scope})) {
        co_await wait_for(closed->scope);  // a turn would be wasted
        co_return false;
    }
    const auto whose = target_of(app, held_->job.seat, held_->job.subject, held_->job.email);
    auto answer = co_await app.turns->begin(whose.variables, shared_.call_deadline(*held_));
    if (auto* turn = std::get_if<connectors::pass>(&answer)) {
        turn_ = std::make_shared<connectors::pass>(std::move(*turn));
        co_return true;
    }
    const auto& full = std::get<connectors::no_room>(answer);
    shared_.counts.attempt_ended("no_turn");
    queue::hand_back_request back{lease(), std::nullopt, ""};
    if (full.person_busy) {
        back.wait = full.wait + std::chrono::milliseconds(shared_.dice() % 500);
        back.waiting_for = "person:" + app.connector_name;
    } else {
        // Woken when it is its turn; this is for when nobody is left who would.
        back.wait = std::chrono::seconds(60 + shared_.dice() % 240);
        back.waiting_for = "limit:" + app.connector_name;
    }
    const bool was_held = co_await shared_.records.hand_back(std::move(back));
    if (!was_held)
        shared_.lose(*held_);
    else if (!full.person_busy)
        app.turns->put_back(full);
    co_return false;
}

asio::awaitable<std::optional<queue::message>> attempt::go_on(const vendors::app& app,
                                                              const queue::begin_verdict& intent)
{
    auto last = co_await look_act_look(app, intent);
    std::optional<queue::message> ticket;
    if (!last)
        co_return ticket;
    const next_step step = last->step;  // last goes with its record
    if (const auto* done = std::get_if<conclude>(&step)) {
        if (is_restore())
            co_await record_restored(*done, std::move(*last), intent.captured, app.connector_name);
        else
            ticket = co_await record(*done, std::move(*last), app);
    } else if (auto* given_up = std::get_if<give_up>(&last->step))
        co_await record(std::move(*given_up), std::move(last->proof), app.connector_name);
    else if (auto* paused = std::get_if<pause_all>(&last->step))
        co_await record(std::move(*paused), std::move(last->proof), app.connector_name);
    co_return ticket;
}

// The look of a dry run, judged by what judges a live one. Whatever it shows, nothing is removed.
asio::awaitable<void> attempt::rehearse(const vendors::app& app, const queue::begin_verdict& intent)
{
    if (!shared_.may_call(*held_)) {
        shared_.lose(*held_, "ran_out");
        co_return;
    }
    const situation before;
    const auto got = co_await call(before.at, app, intent);
    if (held_->lost)
        co_return;
    const next_step next = decide(before, got.what);
    if (const auto* paused = std::get_if<pause_all>(&next)) {
        const std::string scope = "connector:" + app.connector_name;
        co_await shared_.close_gate(scope, paused->wait, paused->reason_code, paused->reason_text);
        co_await wait_for(scope);
        co_return;
    }
    queue::rehearsal shown{
        lease(), would_do(next), "", got.proof.operation, got.proof.status, got.proof.request_id, app.connector_name};
    if (const auto* given_up = std::get_if<give_up>(&next))
        shown.words = given_up->reason_text;
    shared_.counts.attempt_ended("rehearsed");
    log::info("rehearsed", {{"job", lease().job_id}, {"app", held_->job.app}, {"would", shown.would}});
    if (!co_await shared_.records.record(std::move(shown)))
        shared_.lose(*held_);
}

// Nothing when the lease ran out on the way.
asio::awaitable<std::optional<attempt::seen>> attempt::look_act_look(const vendors::app& app,
                                                                     const queue::begin_verdict& intent)
{
    situation now;
    now.earlier_effect_possible = sent_ = held_->job.effect_possible;
    now.kind = held_->job.kind;
    if (intent.what == queue::begin_verdict::kind::look)
        now.objection = intent.detail;
    std::string assignment;  // as it was before we acted; afterwards there is none to see
    std::string captured;
    evidence of_the_act;
    for (;;) {
        if (!shared_.may_call(*held_)) {
            shared_.lose(*held_, "ran_out");
            co_return std::nullopt;
        }
        answer got = co_await call(now.at, app, intent);
        if (held_->lost)
            co_return std::nullopt;

        if (now.at == phase::look_before)
            assignment = got.proof.assignment;
        if (!got.captured.empty())
            captured = std::move(got.captured);
        if (now.at == phase::look_after)
            ++now.looks_after;
        const next_step next = decide(now, got.what);
        if (now.at == phase::act) {
            of_the_act = got.proof;
            now.act_answered_removed =
                std::holds_alternative<removed>(got.what) || std::holds_alternative<scheduled>(got.what);
            now.act_unanswered =
                std::holds_alternative<unknown>(got.what) || std::holds_alternative<look_again>(got.what);
        }
        if (std::holds_alternative<act_now>(next)) {
            now.at = phase::act;
            continue;
        }
        if (const auto* wait = std::get_if<look_later>(&next)) {
            if (now.at == phase::act)
                now.looks_after = 0;
            now.at = phase::look_after;
            if (wait->wait.count() > 0) {
                asio::steady_timer pause(co_await asio::this_coro::executor, wait->wait);
                co_await pause.async_wait(asio::use_awaitable);
            }
            continue;
        }
        // The record names the call that removed, where there was one, and how the seat was assigned before it.
        if (of_the_act.operation.empty())
            of_the_act = got.proof;
        if (!assignment.empty())
            of_the_act.assignment = assignment;
        co_return seen{next, of_the_act, captured};
    }
}

asio::awaitable<answer> attempt::call(phase at, const vendors::app& app, const queue::begin_verdict& intent)
{
    const auto& job = held_->job;
    const target whose = target_of(app, job.seat, job.subject, job.email);
    const operation by{intent.operation_key, lease().fence, turn_};
    const auto sent_at = steady::now();
    const auto deadline = shared_.call_deadline(*held_);
    answer got;
    std::string_view name = "look";
    if (at != phase::act) {
        got = co_await app.connector->look(whose, by, deadline);
    } else if (is_restore()) {
        name = "restore";
        got = co_await app.connector->restore(whose, intent.captured, by, deadline);
    } else {
        name = "remove";
        got = co_await app.connector->remove(whose, by, deadline);
    }
    sent_ = sent_ || (at == phase::act && got.left);
    const auto came_of_it =
        is_restore() && std::holds_alternative<removed>(got.what) ? std::string_view("restored") : name_of(got.what);
    shared_.counts.vendor_call(app.connector_name, name, came_of_it,
                               std::chrono::duration<double>(steady::now() - sent_at).count());
    co_return got;
}

// The ticket to open next, or an empty message when none is wanted; nothing when the lease was lost.
asio::awaitable<std::optional<queue::message>> attempt::record(conclude what, seen last, const vendors::app& app)
{
    const evidence& proof = last.proof;
    queue::message ticket;
    ticket.about = queue::message::topic::ticket;
    queue::removal done{
        lease(), what.outcome,       what.reason, proof.operation, proof.status, proof.request_id, detail_of(proof), "",
        "",      app.connector_name, {}};
    if (!app.later_looks->empty())
        done.look_after = app.later_looks->front();
    done.captured = std::move(last.captured);
    if (const auto* form = app.ticket) {
        const auto today = std::chrono::floor<std::chrono::days>(shared_.database_now());
        auto frozen = form->freeze(crypto::uuid_v4(), fields_of(held_->job, what.outcome), today);
        done.ticket_id = ticket.id = frozen.id;
        done.ticket_body = ticket.body = frozen.frozen_json;
    }
    const bool recorded = co_await shared_.records.record(std::move(done));
    if (!recorded) {
        shared_.lose(*held_);
        co_return std::nullopt;
    }
    shared_.counts.attempt_ended(what.outcome);
    log::info("seat_" + what.outcome, {{"job", lease().job_id}, {"app", held_->job.app}, {"seat", held_->job.seat}});
    co_return ticket;
}

// `before` is what the removal's look saw: whatever of it is not there again is told to the requester by name.
asio::awaitable<void> attempt::record_restored(conclude what, seen last, const std::string& before,
                                               std::string connector)
{
    if (what.outcome == "restored") {
        const auto missing = find_not_given_back(before, last.captured);
        std::string names;
        for (const auto& name : missing)
            names += (names.empty() ? "" : ",") + name;
        if (before.empty() && !last.captured.empty())
            names = "not_on_record";  // given back, and nobody can say whether as it was
        if (!names.empty())
            what = {"partly_restored", names};
    }
    queue::removal done;
    done.held = lease();
    done.kind = queue::job_kind::restore;
    done.outcome = what.outcome;
    done.reason = what.reason;
    done.operation = last.proof.operation;
    done.status = last.proof.status;
    done.request_id = last.proof.request_id;
    done.detail_json = detail_of(last.proof);
    done.connector = std::move(connector);
    if (!co_await shared_.records.record(std::move(done))) {
        shared_.lose(*held_);
        co_return;
    }
    shared_.counts.attempt_ended(what.outcome);
    log::info("seat_" + what.outcome, {{"job", lease().job_id}, {"app", held_->job.app}, {"seat", held_->job.seat}});
    co_await deliver(shared_, held_, std::nullopt);
}

asio::awaitable<void> attempt::record(give_up what, evidence proof, std::string connector)
{
    queue::setback back;
    back.held = lease();
    back.how = what.how;
    back.effect_possible = what.effect_possible;
    back.sent = sent_;
    back.reason_code = what.reason_code;
    back.reason_text = what.reason_text;
    back.wait = backoff(shared_.settings.revoke_retry, held_->job.attempts, shared_.dice);
    back.attempts_max = shared_.settings.revoke_retry.attempts_max;
    back.operation = proof.operation;
    back.status = proof.status;
    back.request_id = proof.request_id;
    back.connector = std::move(connector);
    shared_.counts.attempt_ended(what.reason_code);
    log::warn("attempt_failed", {{"job", lease().job_id}, {"reason", what.reason_code}, {"why", what.reason_text}});
    const auto became = co_await shared_.records.record(std::move(back));
    if (!became)
        shared_.lose(*held_);
    else if (became == "failed" || became == "refused")
        co_await deliver(shared_, held_, std::nullopt);
}

asio::awaitable<void> attempt::record(pause_all what, evidence proof, std::string connector)
{
    const std::string scope = "connector:" + connector;
    co_await shared_.close_gate(scope, what.wait, what.reason_code, what.reason_text);
    queue::setback back;
    back.held = lease();
    back.how = queue::setback::kind::free;
    back.effect_possible = what.effect_possible;
    back.sent = sent_;
    back.reason_code = what.reason_code;
    back.reason_text = what.reason_text;
    if (what.wait)
        back.wait = *what.wait + std::chrono::milliseconds(shared_.dice() % 1000);  // not all at once when it opens
    back.waiting_for = scope;
    back.operation = proof.operation;
    back.status = proof.status;
    back.request_id = proof.request_id;
    back.connector = std::move(connector);
    shared_.counts.attempt_ended(what.reason_code);
    if (!co_await shared_.records.record(std::move(back)))
        shared_.lose(*held_);
}

asio::awaitable<void> attempt::wait_for(std::string gate)
{
    shared_.counts.attempt_ended("gate_closed");
    queue::hand_back_request back{lease(), std::nullopt, gate};
    // Until the gate's own time, as far as we know it; a gate that opened meanwhile only costs another look.
    const auto known = shared_.closed_gates.find_closed({gate});
    if (!known)
        back.wait = std::chrono::milliseconds(500 + shared_.dice() % 500);
    else if (known->until)
        back.wait = std::chrono::duration_cast<std::chrono::microseconds>(*known->until - steady::now()) +
                    std::chrono::milliseconds(shared_.dice() % 1000);
    if (!co_await shared_.records.hand_back(std::move(back)))
        shared_.lose(*held_);
}

}  // namespace reclaim::worker
