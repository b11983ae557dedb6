#include "worker/deliver.hpp"

#include "common/base/overloaded.hpp"
#include "common/log/logger.hpp"

namespace reclaim::worker {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view topic_names[] = {"ticket", "confirmation", "comment"};

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

struct linear_turn {
    delivery::linear& linear;
    delivery::window::turn turn;
};

// Nothing when nothing can be sent to Linear now: the message is then given back.
asio::awaitable<std::optional<linear_turn>> take_turn(workshop& shared, held_job& held, const queue::message& owed)
{
    std::optional<setback> why;
    auto* linear = shared.outside.linear();
    if (const auto gate = shared.closed_gates.find_closed({"linear"})) {
        why = behind(*gate, shared);
    } else if (!linear) {
        why = setback{"linear_not_configured",
                      "a message to Linear waits, but the configuration has no [linear] section any more",
                      milliseconds(60000), false, false};
    } else if (auto turn = linear->calls().take()) {
        co_return linear_turn{*linear, std::move(*turn)};
    } else {
        why = setback{"linear_probed", "one call at a time until Linear answers again",
                      milliseconds(1000 + shared.dice() % 9000), false, false};
    }
    co_await give_back(shared, held, owed, std::move(*why));
    co_return std::nullopt;
}

// Of a call without an answer that tells. Where none is answered, Linear is away: everybody waits, longer each time.
asio::awaitable<setback> not_answered(workshop& shared, delivery::window& calls, int attempts, std::string reason,
                                      std::string why)
{
    if (const int in_a_row = calls.not_answered(); in_a_row > 0) {
        const auto pause = backoff(shared.settings.ticket_retry, in_a_row, shared.dice);
        co_await shared.close_gate("linear", pause, "linear_away", why);
    }
    const auto later = backoff(shared.settings.ticket_retry, attempts, shared.dice);
    co_return setback{std::move(reason), std::move(why), later, true, false};
}

// Of an answer that is not the one hoped for. A throttle and a refused key close the gate for everybody.
asio::awaitable<setback> read_obstacle(workshop& shared, delivery::window& calls, const delivery::ticket_answer& got,
                                       int attempts)
{
    using namespace delivery;
    if (const auto* t = std::get_if<throttled>(&got)) {
        calls.asked_for_a_pause();
        co_await shared.close_gate("linear", t->wait, "throttled", t->why);
        co_return setback{"throttled", t->why, t->wait + milliseconds(shared.dice() % 1000), false, false};
    }
    if (const auto* d = std::get_if<denied>(&got)) {
        calls.asked_for_a_pause();
        co_await shared.close_gate("linear", std::nullopt, "credential_denied", d->why);
        co_return setback{"credential_denied", d->why, std::nullopt, false, false};
    }
    if (const auto* r = std::get_if<refused>(&got)) {
        calls.answered();
        co_return setback{"refused_by_linear", r->why, milliseconds(0), true, true};
    }
    if (const auto* f = std::get_if<retry>(&got))
        co_return co_await not_answered(shared, calls, attempts, "linear_fault", f->why);
    if (const auto* n = std::get_if<not_sent>(&got))
        co_return co_await not_answered(shared, calls, attempts, "linear_unreachable", n->why);
    if (const auto* u = std::get_if<unknown>(&got))
        co_return co_await not_answered(shared, calls, attempts, "answer_lost", u->why);
    co_return co_await not_answered(shared, calls, attempts, "answer_lost",
                                    "a create was answered as if it were a lookup");
}

// The open ticket with its link, or what keeps the link from it. Without the link for good is better than never told.
asio::awaitable<delivery::ticket_answer> link_evidence(workshop& shared, const held_job& held, delivery::linear& linear,
                                                       const delivery::ticket& frozen, delivery::ticket_answer open)
{
    auto trouble = co_await linear.attach(frozen, shared.call_deadline(held));
    if (!trouble)
        co_return open;
    if (const auto* refused = std::get_if<delivery::refused>(&*trouble)) {
        log::error("ticket_link_refused",
                   {{"job", held.job.held.job_id}, {"ticket", frozen.id}, {"why", refused->why}});
        co_return open;
    }
    co_return std::move(*trouble);
}

// A ticket that waits for its draft becomes final, with one or without. False: the lease was lost.
asio::awaitable<bool> settle_draft(workshop& shared, held_job& held, queue::message& owed)
{
    const auto prompt = delivery::find_prompt(owed.body);
    if (!prompt)
        co_return true;
    std::string paragraph;
    if (auto* drafter = shared.outside.drafter())
        paragraph = co_await drafter->ask(*prompt, shared.call_deadline(held));
    if (held.lost)
        co_return false;
    auto final_body = co_await shared.records.freeze(held.job.held, owed.id, delivery::settle(owed.body, paragraph));
    if (!final_body) {
        shared.lose(held);
        co_return false;
    }
    owed.body = std::move(*final_body);
    co_return true;
}

// The confirmation that is due now, or nothing when the ticket is not open or the lease was lost.
asio::awaitable<std::optional<queue::message>> open_ticket(workshop& shared, std::shared_ptr<held_job> held,
                                                           queue::message owed)
{
    using namespace delivery;
    if (!co_await settle_draft(shared, *held, owed) || !shared.may_call(*held))
        co_return std::nullopt;
    const auto turn = co_await take_turn(shared, *held, owed);
    if (!turn)
        co_return std::nullopt;
    auto& linear = turn->linear;
    const ticket frozen{owed.id, owed.body};
    ticket_answer got = absent{};
    // A try before this one may have opened it without our hearing so.
    if (owed.attempts > 0)
        got = co_await linear.find(owed.id, shared.call_deadline(*held));
    if (std::holds_alternative<absent>(got))
        got = co_await linear.create(frozen, shared.call_deadline(*held));
    if (std::holds_alternative<opened>(got) && !held->lost)
        got = co_await link_evidence(shared, *held, linear, frozen, std::move(got));
    if (held->lost)
        co_return std::nullopt;

    if (const auto* done = std::get_if<opened>(&got)) {
        linear.calls().answered();
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
    co_await give_back(shared, *held, owed, co_await read_obstacle(shared, linear.calls(), got, owed.attempts));
    co_return std::nullopt;
}

// On a ticket that is open.
asio::awaitable<void> comment(workshop& shared, std::shared_ptr<held_job> held, queue::message owed)
{
    const auto turn = co_await take_turn(shared, *held, owed);
    if (!turn)
        co_return;
    auto& linear = turn->linear;
    const auto in_the_way = co_await linear.comment(owed.id, owed.body, shared.call_deadline(*held));
    if (held->lost)
        co_return;
    if (in_the_way) {
        co_await give_back(shared, *held, owed,
                           co_await read_obstacle(shared, linear.calls(), *in_the_way, owed.attempts));
        co_return;
    }
    linear.calls().answered();
    shared.counts.message_ended("comment", "delivered");
    queue::confirmed done{held->job.held, owed.id, 200};
    if (!co_await shared.records.record(std::move(done)))
        shared.lose(*held);
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
        bool ticket_waits = false;
        for (auto& one : co_await shared.records.messages(held->job.held)) {  // comments last
            ticket_waits = ticket_waits || one.about == queue::message::topic::ticket;
            if (!one.due)
                continue;
            if (one.about == queue::message::topic::comment && ticket_waits) {
                setback wait{"ticket_not_open", "the ticket to comment on is not open yet", milliseconds(60000), false};
                co_await give_back(shared, *held, one, std::move(wait));
                co_return;
            }
            next = std::move(one);
            break;
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
    if (next->about == queue::message::topic::comment)
        co_await comment(shared, held, std::move(*next));
    else
        co_await confirm(shared, held, std::move(*next));
}

}  // namespace reclaim::worker
