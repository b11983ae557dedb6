#!/usr/bin/env python3
"""Dry run through the real worker: what each mode lets the vendors, Linear and the requester hear."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from world import World


def set_mode(world, mode, most=None, app="figma"):
    world.db.row("select * from reclaim.set_mode(%s, %s, 'test', %s)", app, mode, most)


def told(world, job):
    return [(body["type"], body["data"]["outcome"], body["data"]["reason"]) for body in sorted(world.told(job), key=lambda body: body["timestamp"])]


def wait_told(world, job, reason):
    wait_until(lambda: ("seat.removal.held", "held", reason) in told(world, job), f"the requester of {job} is told {reason}")


def heard(world, user):
    """What Okta heard about a user, in order."""
    return [call["method"] for call in world.sandbox.calls(vendor="okta") if call.get("user") == user]


def expect_nothing_done(world, job):
    expect("intents", "revoke_attempted" in world.events(job), False)
    expect("records", world.db.value("select count(*) from reclaim.reclamation_record where job_id = %s", job), 0)
    expect("tickets", len(world.sandbox.calls("linear.issueCreate")), 0)
    expect("units", world.db.value("select coalesce(sum(units), 0) from reclaim.budget_ledger"), 0)


@test
def in_plan_no_vendor_hears_anything_and_in_read_it_is_only_looked_at():
    with World() as world:
        world.db.row("select reclaim.set_budget('all', '1 hour', 'test', 10)")
        set_mode(world, "plan")
        world.start_worker()
        planned = world.enqueue("figma", "ada")
        wait_told(world, planned, "would_remove")
        expect("calls to Okta", world.sandbox.calls(vendor="okta"), [])
        expect_nothing_done(world, planned)

        set_mode(world, "read")
        looked = world.enqueue("figma", "grace")
        wait_told(world, looked, "would_remove")
        expect("calls about the seat", heard(world, "grace"), ["GET"])
        expect_nothing_done(world, looked)
        expect("story", world.events(looked)[:3], ["received", "rehearsed", "rehearsed"])

        set_mode(world, "live")
        expect("still held after going live", {world.job(job)["state"] for job in (planned, looked)}, {"held"})
        world.db.row("select * from reclaim.release_jobs('the plan was right', p_because => 'would_remove', p_dry_run => false)")
        world.wait_finished(planned, looked)
        expect("outcomes", {world.job(job)["state"] for job in (planned, looked)}, {"removed"})
        expect("calls that remove", sorted(call["user"] for call in world.sandbox.calls("okta.delete_app_user")), ["ada", "grace"])


@test
def in_read_what_the_look_shows_is_what_live_would_do():
    with World() as world:
        set_mode(world, "read")
        world.db.row("select reclaim.close_gate('all', 'so that the jobs wait')")
        inherited, faulty = (world.enqueue("figma", user) for user in ("group", "faulty"))
        absent = world.enqueue("figma", "gone", world.db.value("select reclaim.flag_seat('figma', 'gone', 'gone')"))
        world.sandbox.assign("figma", "group", scope="GROUP", groups=["designers"])
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "status", "status": 503, "match": {"user": "faulty"}})
        world.db.row("select reclaim.open_gate('all', 'go')")
        world.start_worker()
        for job, would in ((inherited, "would_hold"), (absent, "would_record_absent"), (faulty, "would_retry")):
            wait_told(world, job, would)
        expect("calls that remove", world.sandbox.calls("okta.delete_app_user"), [])
        words = world.db.value("select explanation from reclaim.held_jobs where job_id = %s", inherited)
        expect("says what to mend", "take the person out of the group" in words, True)


@test
def in_read_a_throttle_closes_the_gate_and_the_rehearsal_goes_on_when_it_opens():
    with World() as world:
        set_mode(world, "read")
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "rate_limit", "seconds": 3600, "times": 1})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        wait_until(lambda: world.db.value("select count(*) from reclaim.gate where scope = 'connector:okta'") == 1, "the gate is closed")
        wait_until(lambda: world.db.value("select waiting_for from reclaim.job where id = %s", job) == "connector:okta", "the job waits for it")
        world.db.row("select reclaim.open_gate('connector:okta', 'go on')")
        wait_told(world, job, "would_remove")
        expect_nothing_done(world, job)


@test
def a_canary_removes_its_number_with_many_workers_and_holds_the_rest():
    with World() as world:
        set_mode(world, "canary", 3)
        for name in ("first", "second", "third"):
            world.start_worker(name)
        jobs = [world.enqueue("figma", f"u{number}") for number in range(10)]
        wait_until(lambda: world.db.value("select count(*) from reclaim.job where state = 'held' and reason = 'canary_done'") == 7, "seven are held")
        wait_until(lambda: len(world.sandbox.calls("okta.delete_app_user")) == 3, "three are removed")
        gone = [job for job in jobs if world.job(job)["state"] != "held"]
        world.wait_finished(*gone)
        for job in set(jobs) - set(gone):
            wait_told(world, job, "canary_done")
        expect("removals", len(world.sandbox.calls("okta.delete_app_user")), 3)


@test
def what_had_begun_when_the_mode_changed_is_looked_at_and_held_and_goes_on_from_there():
    with World() as world:
        # Okta takes the call, and no answer comes back: an effect is possible, and none was made.
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "hold", "apply": "after", "times": 1})
        worker = world.start_worker()
        job = world.enqueue("figma", "ada")
        wait_until(lambda: world.sandbox.held(), "the call is on its way")
        worker.kill9()
        set_mode(world, "read")
        world.start_worker("second")
        wait_told(world, job, "mode_is_read")
        expect("calls that remove", len(world.sandbox.calls("okta.delete_app_user")), 1)
        row = world.db.row("select * from reclaim.held_jobs where job_id = %s", job)
        expect("can be cancelled", row["cancel_with"], None)
        world.db.run(row["release_with"])
        world.wait_finished(job)
        expect("outcome", world.job(job)["state"], "removed")


main()
