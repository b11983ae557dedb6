#include "worker/step_machine.hpp"

#include <catch2/catch.hpp>

using namespace reclaim::worker;
using namespace reclaim::connectors;
using kind = reclaim::queue::setback::kind;
using namespace std::chrono_literals;

namespace {

situation before(bool earlier_effect_possible = false)
{
    situation now;
    now.earlier_effect_possible = earlier_effect_possible;
    return now;
}

situation acting()
{
    situation now;
    now.at = phase::act;
    return now;
}

situation after(bool answered_removed, bool unanswered, int looks = 1)
{
    situation now;
    now.at = phase::look_after;
    now.act_answered_removed = answered_removed;
    now.act_unanswered = unanswered;
    now.looks_after = looks;
    return now;
}

template <class T>
T expect(const next_step& step)
{
    REQUIRE(std::holds_alternative<T>(step));
    return std::get<T>(step);
}

}  // namespace

TEST_CASE("a seat that a look shows as held is removed")
{
    expect<act_now>(decide(before(), held{}));
}

TEST_CASE("a seat nobody holds any more is recorded as already absent, without a call that removes")
{
    CHECK(expect<conclude>(decide(before(), already_absent{})).outcome == "already_absent");
}

TEST_CASE("a seat that is gone after an attempt whose result was lost counts as removed by us, and says how we know")
{
    const auto done = expect<conclude>(decide(before(true), already_absent{}));
    CHECK(done.outcome == "removed");
    CHECK(done.reason == "confirmed_by_look");
}

TEST_CASE("an answer that says removed is believed only after a look")
{
    CHECK(expect<look_later>(decide(acting(), removed{})).wait == 0ms);
    CHECK(expect<conclude>(decide(after(true, false), already_absent{})).outcome == "removed");
}

TEST_CASE("an answer that never came is read back, not repeated")
{
    CHECK(expect<look_later>(decide(acting(), unknown{"reset"})).wait == 0ms);
    CHECK(expect<conclude>(decide(after(false, true), already_absent{})).reason == "confirmed_by_look");
}

TEST_CASE("a removal the vendor does not show yet is looked at again, each time later, and then left open as possible")
{
    std::chrono::milliseconds waited{0};
    for (int looks = 1; looks < looks_after_max; ++looks)
        waited += expect<look_later>(decide(after(true, false, looks), held{})).wait;
    CHECK(waited == 15500ms);
    const auto end = expect<give_up>(decide(after(true, false, looks_after_max), held{}));
    CHECK(end.how == kind::retry);
    CHECK(end.effect_possible);
}

TEST_CASE("somebody else's removal between our look and our call is not ours")
{
    expect<look_later>(decide(acting(), already_absent{}));
    CHECK(expect<conclude>(decide(after(false, false), already_absent{})).outcome == "already_absent");
}

TEST_CASE("an inherited seat is for a person, from a look and from the refused call alike")
{
    CHECK(expect<give_up>(decide(before(), still_present{"group"})).how == kind::still_present);
    CHECK(expect<give_up>(decide(acting(), still_present{"E0000046"})).how == kind::still_present);
    CHECK_FALSE(expect<give_up>(decide(acting(), still_present{"E0000046"})).effect_possible);
}

TEST_CASE("a throttled vendor pauses everybody for as long as it asked, and an earlier open outcome stays open")
{
    const auto fresh = expect<pause_all>(decide(before(), throttled{7s, "429"}));
    CHECK(fresh.wait == 7s);
    CHECK_FALSE(fresh.effect_possible);
    CHECK(expect<pause_all>(decide(before(true), throttled{7s, "429"})).effect_possible);
    CHECK_FALSE(expect<pause_all>(decide(acting(), throttled{7s, "429"})).effect_possible);
    CHECK(expect<pause_all>(decide(after(true, false), throttled{7s, "429"})).effect_possible);
}

TEST_CASE("a call that a limit let not through charges no attempt, and an open outcome stays open")
{
    for (const auto& now : {before(), acting()}) {
        const auto waits = expect<give_up>(decide(now, no_turn{"no room"}));
        CHECK(waits.how == kind::free);
        CHECK_FALSE(waits.effect_possible);
    }
    const auto unsure = expect<give_up>(decide(after(false, true), no_turn{"no room"}));
    CHECK(unsure.how == kind::free);
    CHECK(unsure.effect_possible);
}

TEST_CASE("a refused credential stops everybody until a person acts")
{
    CHECK_FALSE(expect<pause_all>(decide(before(), denied{"401"})).wait.has_value());
    CHECK_FALSE(expect<pause_all>(decide(acting(), denied{"403"})).wait.has_value());
}

TEST_CASE("a call that never left is tried again with nothing to be feared")
{
    const auto end = expect<give_up>(decide(acting(), not_sent{"refused connection"}));
    CHECK(end.how == kind::retry);
    CHECK_FALSE(end.effect_possible);
}

TEST_CASE("a vendor's permanent refusal ends the job")
{
    CHECK(expect<give_up>(decide(acting(), refused{"no"})).how == kind::refused);
    CHECK(expect<give_up>(decide(before(), refused{"wrong url"})).how == kind::refused);
}

TEST_CASE(
    "where a guard only says not now, the attempt looks and records, and waits uncharged instead of being refused")
{
    auto now = before(true);
    now.objection = "maintenance_window=later:outside_window";
    const auto end = expect<give_up>(decide(now, held{}));
    CHECK(end.how == kind::free);
    CHECK(end.effect_possible);
    CHECK(end.reason_code == "outside_window");
    CHECK(expect<conclude>(decide(now, already_absent{})).outcome == "removed");
}

TEST_CASE("an attempt that a guard objects to by now may look and record, but not act")
{
    auto now = before(true);
    now.objection = "still_flagged=fail:flag_cleared";
    const auto end = expect<give_up>(decide(now, held{}));
    CHECK(end.how == kind::withdrawn);
    CHECK(end.reason_code == "flag_cleared");
    CHECK(end.effect_possible);  // the earlier call may still be on its way
    CHECK(expect<conclude>(decide(now, already_absent{})).outcome == "removed");
}

TEST_CASE("a look that cannot be read decides nothing")
{
    CHECK(expect<give_up>(decide(before(), unknown{"html"})).how == kind::retry);
    CHECK(expect<give_up>(decide(before(), look_again{"?"})).how == kind::retry);
    CHECK(expect<give_up>(decide(before(), removed{})).how == kind::retry);
}

TEST_CASE("a dated removal is recorded as scheduled only once a look shows it")
{
    expect<look_later>(decide(acting(), scheduled{}));
    CHECK(expect<conclude>(decide(after(true, false), scheduled{})).outcome == "scheduled");
    CHECK(expect<conclude>(decide(before(), scheduled{})).outcome == "scheduled");
}

TEST_CASE("where the mode of the app says no, a seat that is still held waits for a person and is not refused")
{
    auto now = before(true);
    now.objection = "mode=stop:mode_is_read";
    const auto end = expect<give_up>(decide(now, held{}));
    CHECK(end.how == kind::stopped);
    CHECK(end.effect_possible);
    CHECK(end.reason_code == "mode_is_read");
    CHECK(expect<conclude>(decide(now, already_absent{})).outcome == "removed");
}

TEST_CASE("a rehearsal says what live would do after the same look")
{
    const auto would = [](const outcome& seen) { return would_do(decide(before(), seen)); };
    CHECK(would(held{}) == "would_remove");
    CHECK(would(already_absent{}) == "would_record_absent");
    CHECK(would(scheduled{}) == "would_record_scheduled");
    CHECK(would(still_present{"group"}) == "would_hold");
    CHECK(would(refused{"no"}) == "would_fail");
    CHECK(would(retry{"503"}) == "would_retry");
    CHECK(would(unknown{"reset"}) == "would_retry");
}

namespace {

situation restoring(situation now)
{
    now.kind = reclaim::queue::job_kind::restore;
    return now;
}

}  // namespace

TEST_CASE("a seat that a look shows as gone is given back, and a look after it has to show it")
{
    expect<act_now>(decide(restoring(before()), already_absent{}));
    expect<look_later>(decide(restoring(acting()), removed{}));
    CHECK(expect<conclude>(decide(restoring(after(true, false)), held{})).outcome == "restored");
}

TEST_CASE("a seat that somebody gave back before is not given back twice")
{
    CHECK(expect<conclude>(decide(restoring(before()), held{})).outcome == "already_held");
    CHECK(expect<conclude>(decide(restoring(before()), still_present{"through a group"})).outcome == "already_held");
}

TEST_CASE("a restore whose answer was lost is looked into and never repeated before a look")
{
    for (const outcome& lost : {outcome{unknown{"reset"}}, outcome{look_again{"504"}}, outcome{held{}}})
        expect<look_later>(decide(restoring(acting()), lost));
    const auto done = expect<conclude>(decide(restoring(after(false, true)), held{}));
    CHECK(done.outcome == "restored");
    CHECK(done.reason == "confirmed_by_look");
    CHECK(expect<conclude>(decide(restoring(before(true)), held{})).reason == "confirmed_by_look");
}

TEST_CASE("a seat that stays gone after the call is tried again in the end, with an effect possible")
{
    const auto again = expect<give_up>(decide(restoring(after(true, false, looks_after_max)), already_absent{}));
    CHECK(again.how == kind::retry);
    CHECK(again.effect_possible);
    CHECK(again.reason_code == "still_absent");
}

TEST_CASE("a restore that a guard objects to by now looks, records what it sees, and does not act")
{
    auto objected = restoring(before(true));
    objected.objection = "approval_fresh=fail:approval_too_old";
    CHECK(expect<give_up>(decide(objected, already_absent{})).how == kind::withdrawn);
    CHECK(expect<conclude>(decide(objected, held{})).outcome == "restored");
}

TEST_CASE("a seat whose removal the vendor has dated and not carried out is not given back before")
{
    CHECK(expect<give_up>(decide(restoring(before()), scheduled{})).how == kind::refused);
}

TEST_CASE("pauses, refused credentials and faults mean for a restore what they mean for a removal")
{
    expect<pause_all>(decide(restoring(before()), throttled{1s, "rate limit"}));
    expect<pause_all>(decide(restoring(acting()), denied{"401"}));
    CHECK(expect<give_up>(decide(restoring(before()), retry{"500"})).how == kind::retry);
    CHECK(expect<give_up>(decide(restoring(acting()), refused{"400"})).how == kind::refused);
}
