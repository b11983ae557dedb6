#!/usr/bin/env python3
"""Guards and budgets through the real worker: what they stop costs no call that removes, and everybody concerned is told."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from database import SqlError
from harness import expect, main, test, wait_until
from world import World

POLICY = ("\n[linear]\n", "\n[policy]\n{}\n[linear]\n")


def policy(lines):
    return [(POLICY[0], POLICY[1].format(lines))]


def told(world, job):
    """Outcome and reason of every message its requester got, oldest first."""
    bodies = sorted(world.told(job), key=lambda body: body["timestamp"])
    return [(body["data"]["outcome"], body["data"]["reason"]) for body in bodies]


def wait_told(world, job, answer):
    wait_until(lambda: answer in told(world, job), f"the requester of {job} is told {answer}")


def removed(world):
    return sorted(call["user"] for call in world.sandbox.calls("okta.delete_app_user"))


@test
def a_budget_stops_at_its_limit_holds_the_rest_and_goes_on_when_somebody_else_decides():
    with World() as world:
        world.db.row("select reclaim.set_budget('app:figma', '1 hour', 'start small', 3)")
        for name in ("first", "second"):
            world.start_worker(name)
        jobs = [world.enqueue("figma", f"u{number}") for number in range(8)]
        other = world.enqueue("slack", "u0")
        wait_until(lambda: world.db.value("select count(*) from reclaim.job where state = 'held'") == 5, "five jobs are held")
        world.wait_finished(other)
        wait_until(lambda: len(removed(world)) == 4, "three of figma and one of slack are removed")
        held = [job for job in jobs if world.job(job)["state"] == "held"]
        for job in held:
            wait_told(world, job, ("held", "budget"))
            expect(f"story of {job}", "revoke_attempted" in world.events(job), False)
        expect("state of the budget", world.db.value("select state from reclaim.budgets"), "latched")

        try:
            world.db.row("select * from reclaim.release_budget('app:figma', 'it.lead@example.com', 'mine')")
            raise AssertionError("who approved them may not release them")
        except SqlError as error:
            expect("says why", "was approved by" in str(error), True)
        world.db.row("select reclaim.set_budget('app:figma', '1 hour', 'all of them', 8)")
        answer = world.db.row("select * from reclaim.release_budget('app:figma', 'head.of.it@example.com', 'they are meant')")
        expect("released", (answer["released"], answer["still_held"]), (5, 0))
        world.wait_finished(*jobs)
        expect("each seat once", removed(world), sorted([f"u{number}" for number in range(8)] + ["u0"]))
        expect("intents", world.db.value("select count(*) from reclaim.audit where event_type = 'revoke_attempted'"), 9)


@test
def an_attempt_that_could_not_send_its_removal_gives_its_unit_back_and_one_that_did_keeps_it():
    with World() as world:
        world.db.row("select reclaim.set_budget('all', '1 hour', 'count', 10)")
        used = "select used from reclaim.budgets"
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "rate_limit", "seconds": 3600, "times": 1})
        world.start_worker()
        job = world.enqueue("figma", "looked")
        world.wait_event(job, "attempt_failed")
        expect("after a look that was refused", world.db.value(used), 0)
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "rate_limit", "seconds": 1, "times": 1})
        world.db.row("select reclaim.open_gate('connector:okta', 'go on')")
        world.wait_finished(job)
        expect("removals sent", len(world.sandbox.calls("okta.delete_app_user")), 2)
        expect("after two calls for one seat", world.db.value(used), 1)


@test
def a_legal_hold_refuses_what_is_asked_later_and_lets_nothing_be_sent():
    with World() as world:
        world.start_worker()
        before = world.enqueue("figma", "before")
        world.wait_finished(before)
        world.db.row("select reclaim.close_gate('all', 'so that the job waits')")
        job = world.enqueue("figma", "ada")
        covered = world.db.row("select * from reclaim.place_legal_hold('ada', 'case 17')")
        expect("seats covered", covered["seats"], 1)
        world.db.row("select reclaim.open_gate('all', 'go on')")
        world.wait_finished(job)
        expect("outcome", (world.job(job)["state"], world.job(job)["reason"]), ("refused", "legal_hold"))
        expect("the requester", told(world, job), [("refused", "legal_hold")])
        expect("removed", removed(world), ["before"])


@test
def who_is_active_again_in_the_grace_period_keeps_the_seat_and_the_requester_hears_of_it():
    with World() as world:
        world.start_worker(changes=policy('grace = "2s"'))
        kept, gone, called_off = (world.enqueue("figma", user) for user in ("kept", "gone", "called-off"))
        for job in (kept, gone, called_off):
            world.wait_event(job, "deferred")
        expect("calls before its end", world.sandbox.calls(vendor="okta"), [])
        world.db.row("select reclaim.report_activity('figma', 'kept', reclaim.clock())")
        world.db.row("select reclaim.cancel(%s, 'changed our mind')", called_off)
        world.wait_finished(kept, gone, called_off)
        expect("who came back", told(world, kept), [("cancelled", "active_again")])
        expect("who was called off", told(world, called_off), [("cancelled", "cancelled")])
        expect("the other", told(world, gone), [("removed", None)])
        expect("removed", removed(world), ["gone"])


@test
def the_policy_of_the_configuration_decides_who_may_approve_and_who_is_protected():
    with World() as world:
        world.start_worker(changes=policy('protected_subjects = ["*boss*"]\n[policy.apps.slack]\napprovers = ["head.of.it@example.com"]'))
        fine, protected, foreign = world.enqueue("figma", "ada"), world.enqueue("figma", "the-boss"), world.enqueue("slack", "ada")
        world.wait_finished(fine, protected, foreign)
        expect("a protected subject", told(world, protected), [("refused", "protected_subject")])
        expect("an approver of another app", told(world, foreign), [("refused", "approver_not_allowed")])
        expect("calls about either", [call for call in world.sandbox.calls(vendor="okta") if call.get("user") == "the-boss" or call.get("app") == "slack"], [])


@test
def two_people_approve_where_the_policy_says_so_and_the_last_owner_of_an_app_keeps_the_seat():
    with World() as world:
        world.db.row("select reclaim.report_owners('slack', array['ada', 'grace'])")
        world.start_worker(changes=policy("[policy.apps.figma]\nsecond_approver = true\n[policy.apps.slack]\nowners_min = 1"))
        job = world.enqueue("figma", "ada")
        wait_told(world, job, ("held", "second_approver_missing"))
        expect("calls", world.sandbox.calls(vendor="okta"), [])
        world.db.row("select reclaim.second(%s, 'cfo@example.com')", job)
        world.wait_finished(job)
        expect("told", told(world, job)[-1], ("removed", None))
        owners = [world.enqueue("slack", user) for user in ("ada", "grace")]
        world.wait_finished(*owners)
        expect("of two owners one goes", sorted(told(world, owner)[-1][0] for owner in owners), ["refused", "removed"])
        expect("why the other stays", [told(world, owner)[-1][1] for owner in owners if world.job(owner)["state"] == "refused"], ["last_owner"])


main()
