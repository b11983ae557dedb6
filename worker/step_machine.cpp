#include "worker/step_machine.hpp"

#include "common/base/overloaded.hpp"

namespace reclaim::worker {
namespace {

using namespace connectors;
using kind = queue::setback::kind;

bool effect_possible(const situation& now)
{
    return now.earlier_effect_possible || now.act_unanswered || now.act_answered_removed;
}

next_step try_again(const situation& now, std::string code, const std::string& why)
{
    return give_up{kind::retry, effect_possible(now), std::move(code), why};
}

next_step pause(const situation& now, const throttled& by)
{
    return pause_all{by.wait, effect_possible(now), "throttled", by.why};
}

// Nothing was sent and nobody is to blame, so no attempt is charged.
next_step let_others(const situation& now, const no_turn& by)
{
    return give_up{kind::free, effect_possible(now), "no_turn", by.why};
}

next_step stop(const situation& now, const denied& by)
{
    return pause_all{std::nullopt, effect_possible(now), "credential_denied", by.why};
}

// Whose doing it is that the seat is gone: ours, if any call of ours may have been applied.
next_step gone(const situation& now)
{
    const bool restoring = now.kind == queue::job_kind::restore;
    const std::string done = restoring ? "restored" : "removed";
    if (now.act_answered_removed)
        return conclude{done, ""};
    if (effect_possible(now))
        return conclude{done, "confirmed_by_look"};
    return conclude{restoring ? "already_held" : "already_absent", ""};
}

// A restore wants the seat held where a removal wants it gone; turned round, everything else is decided the same way.
outcome turned(const outcome& seen)
{
    return std::visit(overloaded{
                          [](const held&) -> outcome { return already_absent{}; },
                          [](const still_present&) -> outcome { return already_absent{}; },
                          [](const already_absent&) -> outcome { return held{}; },
                          [](const scheduled&) -> outcome {
                              return refused{"the vendor has yet to end the access: it cannot be given back before"};
                          },
                          [](const auto& other) -> outcome { return other; },
                      },
                      seen);
}

std::string as_it_was(const situation& now)
{
    return now.kind == queue::job_kind::restore ? "the seat is still gone" : "the seat is still held";
}

next_step may_act(const situation& now)
{
    if (now.objection.empty())
        return act_now{};
    const auto reason = now.objection.substr(now.objection.rfind(':') + 1);
    // Not refused, only not now: such as a window that closed since the first attempt.
    if (now.objection.find("=later:") != std::string::npos)
        return give_up{kind::free, effect_possible(now), reason, as_it_was(now) + ", and the job has to wait"};
    // Nor is it refused when it is the mode that says no: a person lets it go on.
    if (now.objection.find("=stop:") != std::string::npos)
        return give_up{kind::stopped, effect_possible(now), reason, as_it_was(now) + ", and nothing may be removed"};
    // As it was, but an earlier call of ours may still be on its way.
    return give_up{kind::withdrawn, effect_possible(now), reason,
                   as_it_was(now) + ", and the guard says " + now.objection};
}

next_step before(const situation& now, const outcome& seen)
{
    return std::visit(overloaded{
                          [&](const held&) -> next_step { return may_act(now); },
                          [&](const already_absent&) -> next_step { return gone(now); },
                          [](const scheduled&) -> next_step { return conclude{"scheduled", ""}; },
                          [&](const still_present& s) -> next_step {
                              return give_up{kind::still_present, false, "inherited", s.why};
                          },
                          [&](const throttled& t) -> next_step { return pause(now, t); },
                          [&](const denied& d) -> next_step { return stop(now, d); },
                          [&](const refused& r) -> next_step {
                              return give_up{kind::refused, effect_possible(now), "refused_by_vendor", r.why};
                          },
                          [&](const retry& r) -> next_step { return try_again(now, "vendor_fault", r.why); },
                          [&](const not_sent& n) -> next_step { return try_again(now, "vendor_unreachable", n.why); },
                          [&](const no_turn& n) -> next_step { return let_others(now, n); },
                          [&](const unknown& u) -> next_step { return try_again(now, "vendor_unreadable", u.why); },
                          [&](const look_again& l) -> next_step { return try_again(now, "vendor_unreadable", l.why); },
                          [&](const removed&) -> next_step {
                              return try_again(now, "vendor_unreadable", "a look was answered as a removal");
                          },
                      },
                      seen);
}

next_step acted(situation now, const outcome& seen)
{
    const look_later at_once{std::chrono::milliseconds(0)};
    return std::visit(overloaded{
                          // Only a look proves it, whatever the answer said.
                          [&](const removed&) -> next_step { return at_once; },
                          [&](const already_absent&) -> next_step { return at_once; },
                          [&](const scheduled&) -> next_step { return at_once; },
                          [&](const look_again&) -> next_step { return at_once; },
                          [&](const unknown&) -> next_step { return at_once; },
                          [&](const still_present& s) -> next_step {
                              return give_up{kind::still_present, false, "inherited", s.why};
                          },
                          [&](const throttled& t) -> next_step { return pause(now, t); },
                          [&](const denied& d) -> next_step { return stop(now, d); },
                          [&](const refused& r) -> next_step {
                              return give_up{kind::refused, effect_possible(now), "refused_by_vendor", r.why};
                          },
                          [&](const retry& r) -> next_step { return try_again(now, "vendor_fault", r.why); },
                          [&](const not_sent& n) -> next_step { return try_again(now, "vendor_unreachable", n.why); },
                          [&](const no_turn& n) -> next_step { return let_others(now, n); },
                          [&](const held&) -> next_step { return at_once; },
                      },
                      seen);
}

next_step after(const situation& now, const outcome& seen)
{
    const auto look_on = [&](std::string code, const std::string& why) -> next_step {
        if (now.looks_after >= looks_after_max)
            return try_again(now, std::move(code), why);
        return look_later{std::chrono::milliseconds(500) * (1 << (now.looks_after - 1))};
    };
    return std::visit(overloaded{
                          [&](const already_absent&) -> next_step { return gone(now); },
                          [](const scheduled&) -> next_step { return conclude{"scheduled", ""}; },
                          // Eventually consistent, or never applied: only time tells which.
                          [&](const held&) -> next_step {
                              return look_on(now.kind == queue::job_kind::restore ? "still_absent" : "still_held",
                                             "the vendor does not show what our call was to do: " + as_it_was(now));
                          },
                          [&](const still_present& s) -> next_step {
                              return give_up{kind::still_present, false, "inherited", s.why};
                          },
                          [&](const throttled& t) -> next_step { return pause(now, t); },
                          [&](const denied& d) -> next_step { return stop(now, d); },
                          [&](const refused& r) -> next_step { return try_again(now, "look_refused", r.why); },
                          [&](const retry& r) -> next_step { return look_on("vendor_fault", r.why); },
                          [&](const not_sent& n) -> next_step { return look_on("vendor_unreachable", n.why); },
                          [&](const no_turn& n) -> next_step { return let_others(now, n); },
                          [&](const unknown& u) -> next_step { return look_on("vendor_unreadable", u.why); },
                          [&](const look_again& l) -> next_step { return look_on("vendor_unreadable", l.why); },
                          [&](const removed&) -> next_step {
                              return look_on("vendor_unreadable", "a look was answered as a removal");
                          },
                      },
                      seen);
}

}  // namespace

next_step decide(const situation& now, const outcome& answered)
{
    const outcome seen = now.kind == queue::job_kind::restore ? turned(answered) : answered;
    switch (now.at) {
    case phase::look_before:
        return before(now, seen);
    case phase::act:
        return acted(now, seen);
    case phase::look_after:
        break;
    }
    return after(now, seen);
}

std::string would_do(const next_step& next)
{
    return std::visit(overloaded{
                          [](const act_now&) -> std::string { return "would_remove"; },
                          [](const conclude& c) -> std::string {
                              return c.outcome == "scheduled" ? "would_record_scheduled" : "would_record_absent";
                          },
                          [](const give_up& g) -> std::string {
                              return g.how == kind::still_present ? "would_hold"
                                     : g.how == kind::refused     ? "would_fail"
                                                                  : "would_retry";
                          },
                          [](const pause_all&) -> std::string { return "would_retry"; },
                          [](const look_later&) -> std::string { return "would_retry"; },
                      },
                      next);
}

}  // namespace reclaim::worker
