#include "worker/breaker.hpp"

#include "common/base/overloaded.hpp"
#include "common/log/logger.hpp"

#include <algorithm>

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;
using connectors::outcome;

constexpr auto answer_time = 5s;

// What the probe came to: nothing when the vendor is there again, whatever else
// it says; else why it is not.
std::optional<std::string> still_away(const outcome& got)
{
    return std::visit(overloaded{
                          [](const connectors::retry& r) { return std::optional(r.why); },
                          [](const connectors::not_sent& n) { return std::optional(n.why); },
                          [](const connectors::no_turn& n) { return std::optional(n.why); },
                          [](const connectors::unknown& u) { return std::optional(u.why); },
                          [](const auto&) { return std::optional<std::string>(); },
                      },
                      got);
}

}  // namespace

breaker::breaker(asio::any_io_executor executor, workshop& shared)
    : shared_(shared),
      session_(executor, shared.settings.database),
      probes_(executor),
      work_(executor)
{
    for (const auto& one : shared.settings.connectors)
        troubles_.try_emplace(one.name);
}

void breaker::heard(const std::string& connector, bool well, const std::string& why)
{
    trouble& of = troubles_[connector];
    of.heard(well, why);
    if (of.worth_telling())
        work_.notify();
}

void breaker::look(const std::vector<queue::connector_news>& news)
{
    for (auto& [name, of] : troubles_)
        of.learn(
            std::any_of(news.begin(), news.end(), [&](const auto& n) { return n.connector == name && n.troubled; }));
    work_.notify();
}

void breaker::stop()
{
    stopping_ = true;
    probes_.cancel();
    work_.notify();
}

asio::awaitable<void> breaker::run()
{
    while (!stopping_) {
        std::string why;
        try {
            co_await ask_around();
        } catch (const std::exception& e) {
            why = e.what();
        }
        if (!why.empty() && !stopping_)
            log::warn("trouble_report_delayed", {{"why", why}});
        auto next = why.empty() ? steady::now() + 1h : std::max(session_.next_attempt(), steady::now() + 100ms);
        for (auto& [name, of] : troubles_)
            if (const auto due = shared_.closed_gates.probe_at("connector:" + name); due && why.empty())
                next = std::min(next, *due);
        co_await work_.wait_until(next);
    }
    co_await probes_.drain(steady::now() + 500ms);
    session_.close();
}

asio::awaitable<void> breaker::ask_around()
{
    // From the start: where vendors are in trouble is no place to begin with
    // connecting.
    co_await session_.ready(steady::now() + answer_time);
    for (auto& [name, of] : troubles_)
        if (of.worth_telling())
            co_await report(name, of);
    co_await settle();
    for (auto& [name, of] : troubles_) {
        const auto due = shared_.closed_gates.probe_at("connector:" + name);
        if (due && *due <= steady::now() && co_await claim(name))
            probes_.spawn("probe", probe(name));
    }
}

asio::awaitable<void> breaker::report(const std::string& connector, trouble& of)
{
    auto telling = of.take();
    std::exception_ptr failure;
    try {
        const auto question =
            queue::report_trouble(connector, telling.failures, telling.anew, shared_.settings.breaker, telling.why);
        const auto pause =
            queue::read_pause(co_await session_.query(*question.what, question.with, steady::now() + answer_time));
        if (pause) {
            const std::string scope = "connector:" + connector;
            shared_.closed_gates.close(scope, std::nullopt, *pause);
            log::warn("gate_closed", {{"scope", scope}, {"reason", "circuit_breaker"}, {"why", telling.why}});
        }
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure)
        co_return;
    of.put_back(std::move(telling));
    std::rethrow_exception(failure);
}

// The database says whether it is ours; what it says next comes with the gates.
asio::awaitable<bool> breaker::claim(const std::string& connector)
{
    const auto question = queue::claim_probe(connector, shared_.settings.call_time + 2 * answer_time);
    const auto ours = co_await session_.query(*question.what, question.with, steady::now() + answer_time);
    shared_.closed_gates.close("connector:" + connector, std::nullopt);
    co_return ours.flag(0, 0);
}

asio::awaitable<void> breaker::probe(std::string connector)
{
    const auto deadline = steady::now() + shared_.settings.call_time;
    auto got = co_await shared_.outside.all_connectors().find(connector)->second->probe(deadline);
    shared_.counts.vendor_call(connector, "probe", got ? connectors::name_of(*got) : "well", 0);
    answers_.push_back({std::move(connector), std::move(got)});
    work_.notify();
}

// An answer that the database does not hear of is lost: the probe's lease runs
// out, and somebody tries again.
asio::awaitable<void> breaker::settle()
{
    for (const auto& [connector, got] : std::exchange(answers_, {})) {
        const auto away = got ? still_away(*got) : std::nullopt;
        log::info("probe_ended", {{"connector", connector}, {"well", !away}, {"why", away.value_or("")}});
        if (const auto* denied = got ? std::get_if<connectors::denied>(&*got) : nullptr) {
            co_await shared_.close_gate("connector:" + connector, std::nullopt, "credential_denied", denied->why);
            continue;
        }
        const auto answer =
            queue::end_probe(connector, !away, shared_.settings.breaker, away.value_or("the probe was answered"));
        co_await session_.query(*answer.what, answer.with, steady::now() + answer_time);
    }
}

}  // namespace reclaim::worker
