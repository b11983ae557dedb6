#include "worker/later_look.hpp"

#include "common/base/overloaded.hpp"

namespace reclaim::worker {

using sight = look_verdict::sight;

std::string_view name_of(sight seen)
{
    static constexpr std::string_view names[] = {"gone", "back", "unread", "given_up", "put_off"};
    return names[static_cast<std::size_t>(seen)];
}

look_verdict judge_look(const connectors::outcome& answer, int looks, int tries, const look_schedule& schedule,
                        const retry_policy& retry, std::minstd_rand& dice)
{
    using namespace connectors;
    const auto unread = [&](std::string reason, const std::string& why) {
        if (tries + 1 >= retry.attempts_max)
            return look_verdict{sight::given_up, std::move(reason), std::nullopt, false, why};
        return look_verdict{sight::unread, std::move(reason), backoff(retry, tries, dice), false, why};
    };
    return std::visit(
        overloaded{
            [&](const already_absent&) {
                const auto next = static_cast<std::size_t>(looks) + 1;
                look_verdict gone{sight::gone, "", std::nullopt, false, ""};
                if (next < schedule.size())
                    gone.wait = schedule[next];
                return gone;
            },
            [](const held&) { return look_verdict{sight::back, "held", std::nullopt, false, ""}; },
            [](const still_present& s) { return look_verdict{sight::back, "inherited", std::nullopt, false, s.why}; },
            [&](const scheduled&) { return unread("still_scheduled", "the vendor has not ended the access yet"); },
            [](const throttled& t) { return look_verdict{sight::put_off, "throttled", t.wait, true, t.why}; },
            [](const denied& d) {
                return look_verdict{sight::put_off, "credential_denied", std::chrono::minutes(1), true, d.why};
            },
            [&](const refused& r) { return unread("look_refused", r.why); },
            [&](const connectors::retry& r) { return unread("vendor_fault", r.why); },
            [&](const not_sent& n) { return unread("vendor_unreachable", n.why); },
            [](const no_turn& n) {
                return look_verdict{sight::put_off, "no_turn", std::chrono::minutes(1), false, n.why};
            },
            [&](const unknown& u) { return unread("vendor_unreadable", u.why); },
            [&](const look_again& l) { return unread("vendor_unreadable", l.why); },
            [&](const removed&) { return unread("vendor_unreadable", "a look was answered as a removal"); },
        },
        answer);
}

}  // namespace reclaim::worker
