#include "worker/deliver.hpp"

#include "common/base/overloaded.hpp"
#include "common/log/logger.hpp"

namespace reclaim::worker {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view topic_names[] = {"ticket", "confirmation"};

// Why a message is not delivered by this try, and what is to become of it.
struct setback {
    std::string reason_code;
    std::string reason_text;
    std::optional<milliseconds> wait{milliseconds(0)};  // nothing: until its gate is opened
    bool charged = true;
    bool final = false;
};

asio::awaitable<void> give_back(workshop& shared, held_job& held, const queue::message& what, setback why)
{
    queue::message_setback back{held.job.held, what.id,         std::nullopt,   why.charged,
                                why.final,     why.reason_code, why.reason_text};
    if (why.wait)
        back.wait = *why.wait;
    const auto topic = topic_names[static_cast<std::size_t>(what.about)];
    shared.counts.message_ended(topic, why.final ? std::string_view("undeliverable") : why.reason_code);
    log::write(why.final ? log::level::error : log::level::warn, "message_delayed",
               {{"job", held.job.held.job_id},
                {"topic", topic},
                {"reason", why.reason_code},
                {"why", why.reason_text},
                {"final", why.final}});
    if (!co_await shared.records.record(std::move(back)))
        shared.lose(held);
}

setback behind(const closed& gate, workshop& shared)
{
    setback out{"gate_closed", gate.scope, std::nullopt, false, false};
    if (gate.until)
        out.wait =
            std::chrono::duration_cast<milliseconds>(*gate.until - steady::now()) + milliseconds(shared.dice() % 1000);
    return out;
}

// The confirmation that is due now, or nothing when the ticket is not open or the lease was lost.
asio::awaitable<std::optional<queue::message>> open_ticket(workshop& shared, std::shared_ptr<held_job> held,
                                                           queue::message owed)
{
    using namespace delivery;
    if (const auto gate = shared.closed_gates.find_closed({"linear"})) {
        co_await give_back(shared, *held, owed, behind(*gate, shared));
        co_return std::nullopt;
    }
    auto* linear = shared.outside.linear();
    if (!linear) {
        setback why{"linear_not_configured", "a ticket waits, but the configuration has no [linear] section any more",
                    milliseconds(60000), false, false};
        co_await give_back(shared, *held, owed, std::move(why));
        co_return std::nullopt;
    }
    const ticket frozen{owed.id, owed.body};
    ticket_answer got = absent{};
    // A try before this one may have opened it without our hearing so.
    if (owed.attempts > 0)
        got = co_await linear->find(owed.id, shared.call_deadline(*held));
    if (std::holds_alternative<absent>(got))
        got = co_await linear->create(frozen, shared.call_deadline(*held));
    if (held->lost)
        co_return std::nullopt;

    if (const auto* done = std::get_if<opened>(&got)) {
        queue::ticket_opened record{held->job.held, owed.id, done->identifier, done->url};
        shared.counts.message_ended("ticket", "opened");
        const auto due = co_await shared.records.record(std::move(record));
        if (!due) {
            shared.lose(*held);
            co_return std::nullopt;
        }
        queue::message next;
        next.id = due->message_id;
        next.body = due->body;
        co_return next;
    }
    const auto later = backoff(shared.settings.ticket_retry, owed.attempts, shared.dice);
    std::optional<setback> why;
    if (const auto* t = std::get_if<throttled>(&got)) {
        co_await shared.close_gate("linear", t->wait, "throttled", t->why);
        why = setback{"throttled", t->why, t->wait + milliseconds(shared.dice() % 1000), false, false};
    } else if (const auto* d = std::get_if<denied>(&got)) {
        co_await shared.close_gate("linear", std::nullopt, "credential_denied", d->why);
        why = setback{"credential_denied", d->why, std::nullopt, false, false};
    } else if (const auto* r = std::get_if<refused>(&got)) {
        why = setback{"refused_by_linear", r->why, milliseconds(0), true, true};
    } else if (const auto* f = std::get_if<retry>(&got)) {
        why = setback{"linear_fault", f->why, later, true, false};
    } else if (const auto* n = std::get_if<not_sent>(&got)) {
        why = setback{"linear_unreachable", n->why, later, true, false};
    } else if (const auto* u = std::get_if<unknown>(&got)) {
        why = setback{"answer_lost", u->why, later, true, false};
    } else {
        why = setback{"answer_lost", "a create was answered as if it were a lookup", later, true, false};
    }
    co_await give_back(shared, *held, owed, std::move(*why));
    co_return std::nullopt;
}

asio::awaitable<void> confirm(workshop& shared, std::shared_ptr<held_job> held, queue::message owed)
{
    using namespace delivery;
    const auto& job = held->job;
    if (const auto gate = shared.closed_gates.find_closed({"callback:" + job.source})) {
        co_await give_back(shared, *held, owed, behind(*gate, shared));
        co_return;
    }
    const auto to = shared.outside.endpoint_for(job.source, job.callback_url);
    if (!to) {
        setback why{"no_endpoint", to.error(), milliseconds(0), true, true};
        co_await give_back(shared, *held, owed, std::move(why));
        co_return;
    }
    if (!owed.frozen) {
        auto bytes = co_await shared.records.freeze(job.held, owed.id);
        if (!bytes) {
            shared.lose(*held);
            co_return;
        }
        owed.body = std::move(*bytes);
    }
    const auto got = co_await shared.outside.requester().post(*to, owed.id, owed.body, shared.database_now(),
                                                              shared.call_deadline(*held));
    if (held->lost)
        co_return;
    if (const auto* done_with = std::get_if<delivered>(&got)) {
        shared.counts.message_ended("confirmation", "delivered");
        queue::confirmed done{job.held, owed.id, static_cast<int>(done_with->status)};
        if (!co_await shared.records.record(std::move(done)))
            shared.lose(*held);
        co_return;
    }
    const auto& schedule = shared.settings.confirmation.schedule;
    const auto tries = static_cast<std::size_t>(owed.attempts);
    setback why = std::visit(
        overloaded{
            [](const delivered&) { return setback{}; },
            [](const gone&) {
                return setback{"gone", "the requester's endpoint answered 410", milliseconds(0), true, true};
            },
            [](const try_again& t) { return setback{"requester_fault", t.why, t.wait, true, false}; },
            [](const undelivered& u) { return setback{"requester_unreachable", u.why, std::nullopt, true, false}; },
        },
        got);
    if (!why.final && tries >= schedule.size()) {
        why.final = true;
        why.wait = milliseconds(0);
    } else if (!why.final && !why.wait) {
        std::uniform_real_distribution<double> jitter(0.9, 1.1);
        why.wait = std::chrono::duration_cast<milliseconds>(schedule[tries] * jitter(shared.dice));
    }
    co_await give_back(shared, *held, owed, std::move(why));
}

}  // namespace

asio::awaitable<void> deliver(workshop& shared, std::shared_ptr<held_job> held, std::optional<queue::message> first)
{
    std::optional<queue::message> next = std::move(first);
    if (!next || next->id.empty()) {
        next.reset();
        for (auto& one : co_await shared.records.messages(held->job.held)) {
            if (one.due) {
                next = std::move(one);
                break;
            }
        }
    }
    if (!next) {
        // Nothing is due: a clock step or a gate that closed again. Look once more in a while.
        queue::hand_back_request back{held->job.held, std::chrono::seconds(1), ""};
        if (!co_await shared.records.hand_back(std::move(back)))
            shared.lose(*held);
        co_return;
    }
    if (next->about == queue::message::topic::ticket) {
        next = co_await open_ticket(shared, held, std::move(*next));
        if (!next || !shared.may_call(*held))
            co_return;
    }
    co_await confirm(shared, held, std::move(*next));
}

}  // namespace reclaim::worker
