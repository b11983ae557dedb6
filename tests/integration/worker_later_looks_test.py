#!/usr/bin/env python3
"""After a removal the vendor is looked at again: still gone, back, or not to be read; and never before a removal that waits."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from removals import make_look_due
from world import World

OFTEN = 'later_looks.poll = "30ms"\nlater_looks.retry = { attempts_max = 2, base = "20ms", cap = "50ms" }'


def removed(world, seat):
    job = world.enqueue("figma", seat)
    world.wait_finished(job)
    return job


def looked(world, job):
    """The events of the looks, with what was seen."""
    return [(event["event_type"], event["outcome"], event["attempt"], event["detail"].get("seen"))
            for name in ("verified_absent", "drift_found", "look_failed") for event in world.audit(job, name)]


@test
def a_removed_seat_is_looked_at_on_its_schedule_and_each_look_is_evidence():
    with World(worker=OFTEN + '\nlater_looks.after = ["100ms", "1h"]') as world:
        worker = world.start_worker()
        job = removed(world, "ada")
        world.wait_event(job, "verified_absent")
        expect("the next look is an hour after the removal",
               str(world.db.value("select due_at - removed_at from reclaim.later_look where job_id = %s", job)), "01:00:00")
        make_look_due(world.db, job)
        wait_until(lambda: len(world.audit(job, "verified_absent")) == 2, "the second look")
        expect("what was seen", looked(world, job), [("verified_absent", "ok", 1, "already_absent"), ("verified_absent", "ok", 2, "already_absent")])
        key = world.audit(job, "revoke_attempted")[0]["operation_key"]
        last = world.sandbox.calls("okta.get_app_user", user="ada")[-1]
        event = world.audit(job, "verified_absent")[-1]
        expect("the vendor's log and ours name the removal", (last["op_key"], event["operation_key"]), (key, key))
        expect("how", (event["provider_operation"], event["provider_status"]), ("GET /api/v1/apps/{app_id}/users/{subject}", 404))
        expect("looks that are left", world.db.value("select count(*) from reclaim.later_look"), 0)
        expect("counted", world.metric(worker, 'reclaim_worker_later_looks_total'), 2)


@test
def access_that_came_back_is_found_and_told_and_not_repaired():
    with World(worker=OFTEN) as world:
        worker = world.start_worker()
        job = removed(world, "ada")
        world.sandbox.assign("figma", "ada")
        make_look_due(world.db, job)
        world.wait_event(job, "drift_found")
        expect("what was seen", looked(world, job), [("drift_found", "drift", 1, "held")])
        wait_until(lambda: worker.logged("drift_found"), "the log says so")
        expect("an alarm can be made of it", world.metric(worker, 'reclaim_worker_later_looks_total{seen="back"}'), 1)
        expect("removals sent", len(world.sandbox.calls("okta.delete_app_user")), 1)
        expect("looks that are left", world.db.value("select count(*) from reclaim.later_look"), 0)


COMMENT = ("ticket.team_id", "comment_on_drift = true\nticket.team_id")


@test
def access_that_came_back_is_told_on_the_removals_ticket_once():
    with World(worker=OFTEN + '\nticket_retry = { base = "50ms", cap = "100ms" }') as world:
        world.start_worker(changes=[COMMENT])
        job = removed(world, "ada")
        world.sandbox.faults({"on": "linear.commentCreate", "kind": "apply_then_reset", "times": 2})
        world.sandbox.assign("figma", "ada")
        make_look_due(world.db, job)
        world.wait_event(job, "ticket_commented")
        world.wait_finished(job)
        expect("comments sent", len(world.sandbox.calls("linear.commentCreate")), 3)
        comments = world.sandbox.on_issues("comment")
        expect("on the ticket", [comment["issue"] for comment in comments], [world.sandbox.issues()[0]["id"]])
        expect("which says", comments[0]["body"].startswith("**Access is back.**"), True)
        expect("the story", world.events(job)[3:], ["ticket_opened", "requester_confirmed", "drift_found", "ticket_commented"])
        expect("the requester heard nothing new", len(world.told(job)), 1)


@test
def a_comment_waits_for_a_ticket_that_is_not_open_yet():
    with World(worker=OFTEN + '\nticket_retry = { base = "50ms", cap = "100ms" }\nwait_for_ticket = "100ms"\npoll = "20ms"') as world:
        world.sandbox.faults({"on": "linear.*", "kind": "status", "status": 503})
        worker = world.start_worker(changes=[COMMENT])
        job = world.enqueue("figma", "ada")
        world.wait_event(job, "requester_confirmed")
        world.sandbox.assign("figma", "ada")
        make_look_due(world.db, job)
        world.wait_event(job, "drift_found")
        wait_until(lambda: [line for line in worker.logged("message_delayed") if line["reason"] == "ticket_not_open"], "the comment waits")
        world.sandbox.faults()
        world.wait_event(job, "ticket_opened")
        expect("no comment came first", world.sandbox.calls("linear.commentCreate"), [])
        world.db.row("select reclaim.requeue(%s, 'now')", job)
        world.wait_finished(job)
        expect("on the ticket", [comment["issue"] for comment in world.sandbox.on_issues("comment")], [world.sandbox.issues()[0]["id"]])


@test
def a_removal_that_cannot_be_read_back_is_listed_until_a_person_has_it_looked_at_again():
    with World(worker=OFTEN) as world:
        world.start_worker()
        job = removed(world, "ada")
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "status", "status": 500})
        make_look_due(world.db, job)
        world.wait_event(job, "look_failed")
        expect("what was seen", looked(world, job), [("look_failed", "unknown", 1, "retry")])
        row = world.db.row("select seat, why, tries, next from reclaim.unproven_removals")
        expect("listed", row, {"seat": "ada", "why": "vendor_fault", "tries": 2, "next": f"select reclaim.look_again({job}, 'why');"})
        world.sandbox.faults()
        world.db.row("select reclaim.look_again(%s, 'the vendor is well again')", job)
        world.wait_event(job, "verified_absent")
        expect("listed", world.db.rows("select * from reclaim.unproven_removals"), [])


@test
def a_pause_the_vendor_asks_a_look_for_closes_its_gate_and_the_look_comes_back():
    with World(worker=OFTEN) as world:
        worker = world.start_worker()
        job = removed(world, "ada")
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "rate_limit", "seconds": 1, "retry_after": True, "times": 1})
        make_look_due(world.db, job)
        wait_until(lambda: world.db.value("select count(*) from reclaim.audit where event_type = 'gate_closed'") == 1, "the gate closes")
        expect("the log says which", worker.logged("gate_closed")[0]["scope"], "connector:okta")
        world.wait_event(job, "verified_absent")
        expect("tries charged", looked(world, job), [("verified_absent", "ok", 1, "already_absent")])


@test
def a_look_waits_while_removals_fill_the_worker():
    with World(worker=OFTEN + "\nin_flight_max = 1") as world:
        worker = world.start_worker()
        job = removed(world, "ada")
        world.sandbox.faults({"on": "okta.delete_app_user", "match": {"user": "bob"}, "kind": "hold", "apply": "before", "times": 1})
        other = world.enqueue("figma", "bob")
        wait_until(lambda: world.sandbox.held(), "a removal fills the only place")
        make_look_due(world.db, job)
        time.sleep(0.5)  # many polls of the looker, all of which must leave the look alone
        expect("looks meanwhile", world.metric(worker, "reclaim_worker_later_looks_total"), 0)
        world.sandbox.release()
        world.wait_finished(other)
        world.wait_event(job, "verified_absent")


main()
