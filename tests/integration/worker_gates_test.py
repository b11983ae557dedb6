#!/usr/bin/env python3
"""Gates: a vendor's pause, a refused credential and a person's stop hold every worker, cost no attempt and lose nothing."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from world import OKTA_TOKEN, World


def gate(world, scope):
    return world.db.row("select *, extract(epoch from closed_until) * 1000000 as until_us from reclaim.gate where scope = %s "
                        "and closed_until > reclaim.clock()", scope)


def wait_parked(world, scope, count):
    wait_until(lambda: world.db.value("select count(*) from reclaim.job where waiting_for = %s", scope) == count,
               f"{count} jobs wait for {scope}")


def attempts(world, job):
    """The attempt numbers of the intents: a repeat of the same number was not charged."""
    return {row["attempt"] for row in world.audit(job, "revoke_attempted")}


@test
def a_429_stops_every_worker_until_the_vendors_time_and_charges_no_attempt():
    with World() as world:
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "rate_limit", "seconds": 3, "retry_after": True, "times": 1})
        workers = [world.start_worker("first"), world.start_worker("second")]
        first = world.enqueue("figma", "u0")
        closed = wait_until(lambda: gate(world, "connector:okta"), "the gate closes")
        jobs = [world.enqueue("figma", f"u{number}") for number in range(1, 7)]
        world.wait_finished(first, *jobs)
        early = [call for call in world.sandbox.calls() if call.get("user", "u0") != "u0" and call["arrived_us"] < closed["until_us"]]
        expect("calls about the others before the vendor's time", early, [])
        for job in (first, *jobs):
            expect(f"attempts charged to {job}", attempts(world, job), {1})
            expect(f"outcome of {job}", world.job(job)["state"], "removed")
        expect("throttled attempts", world.audit(first, "attempt_failed")[0]["reason_code"], "throttled")
        expect("nobody had to open it", world.db.value("select count(*) from reclaim.audit where event_type = 'gate_opened'"), 0)
        ended = [world.metric(worker, "reclaim_worker_attempts_total") for worker in workers]
        expect("attempts counted", sum(ended) >= 8, True)


@test
def a_429_on_the_look_does_the_same():
    with World() as world:
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "rate_limit", "seconds": 1, "times": 1})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("attempts charged", attempts(world, job), {1})
        expect("removals", len(world.sandbox.calls("okta.delete_app_user")), 1)


@test
def a_refused_credential_stops_everything_for_a_person_and_goes_on_when_the_gate_is_opened():
    with World() as world:
        world.sandbox.control("PUT", "/config", {"okta": {"token": "another-token"}})
        worker = world.start_worker()
        jobs = [world.enqueue("figma", f"u{number}") for number in range(4)]
        closed = wait_until(lambda: gate(world, "connector:okta"), "the gate closes")
        expect("until", closed["closed_until"], "infinity")
        wait_parked(world, "connector:okta", 4)
        refused = len(world.sandbox.calls())
        expect("the operator is told why", "token" in closed["why"], True)
        expect("the log names the scope", worker.logged("gate_closed")[0]["scope"], "connector:okta")
        later = world.enqueue("figma", "late")
        wait_parked(world, "connector:okta", 5)
        expect("calls after the credential was refused", len(world.sandbox.calls()), refused)

        world.sandbox.control("PUT", "/config", {"okta": {"token": OKTA_TOKEN}})
        waited = world.db.value("select reclaim.open_gate('connector:okta', 'the token is back')")
        expect("jobs that waited", waited, 5)
        world.wait_finished(*jobs, later)
        for job in (*jobs, later):
            expect(f"attempts charged to {job}", attempts(world, job), {1})


@test
def closing_all_stops_removals_and_messages_and_opening_it_finishes_them():
    with World() as world:
        world.start_worker()
        # One job is caught in the middle: its seat is gone, its ticket and confirmation are not sent.
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "hold", "match": {"user": "midway"}})
        midway = world.enqueue("figma", "midway")
        wait_until(lambda: world.sandbox.held() == 1, "the removal is under way")
        world.db.row("select reclaim.close_gate('all', 'stop everything')")
        waiting = world.enqueue("figma", "waiting")
        wait_parked(world, "all", 1)
        world.sandbox.release()
        world.wait_event(midway, "revoke_confirmed")
        wait_until(lambda: world.db.value("select bool_and(due_at = 'infinity') from reclaim.outbox where job_id = %s and topic = 'ticket'",
                                          midway), "its ticket is parked")
        expect("a call under way was recorded", world.sandbox.holds("figma", "midway"), False)
        expect("effects outside since", [call["op"] for call in world.sandbox.calls() if call["effect"] == "applied"],
               ["okta.delete_app_user"])
        expect("the waiting seat", world.sandbox.holds("figma", "waiting"), True)

        world.db.row("select reclaim.open_gate('all', 'go on')")
        world.wait_finished(midway, waiting)
        expect("tickets and confirmations", (len(world.sandbox.issues()), len(world.sandbox.deliveries())), (2, 2))


@test
def a_worker_that_starts_while_all_is_closed_sends_nothing():
    with World() as world:
        world.sandbox.faults({"on": "linear.issueCreate", "kind": "hold"})
        first = world.start_worker("first")
        job = world.enqueue("figma", "ada")
        wait_until(lambda: world.sandbox.held() == 1, "the ticket is on its way")
        first.kill9()
        wait_until(lambda: world.sandbox.held() == 0, "the call has ended")
        world.sandbox.faults()
        world.db.row("select reclaim.close_gate('all', 'stop everything')")
        sent = len(world.sandbox.calls())
        # The job owes nothing but messages, and those are not checked against the table one by one.
        world.start_worker("second")
        wait_until(lambda: world.db.value("select due_at = 'infinity' from reclaim.outbox where topic = 'ticket'"), "the ticket is parked")
        expect("calls", len(world.sandbox.calls()), sent)
        world.db.row("select reclaim.open_gate('all', 'go on')")
        world.wait_finished(job)


@test
def a_closed_app_waits_and_the_others_go_on():
    with World() as world:
        world.db.row("select reclaim.close_gate('app:figma', 'the owner asked for a pause')")
        world.start_worker()
        figma, slack = world.enqueue("figma", "ada"), world.enqueue("slack", "ada")
        world.wait_finished(slack)
        wait_parked(world, "app:figma", 1)
        expect("calls about figma", world.sandbox.calls(app="figma"), [])
        expect("what the view says comes next", world.job(figma)["next"], "waits for gate app:figma")
        world.db.row("select reclaim.open_gate('app:figma', 'pause over')")
        world.wait_finished(figma)
        expect("attempts charged", attempts(world, figma), {1})


@test
def a_gate_closed_for_a_time_opens_by_itself():
    with World() as world:
        world.db.row("select reclaim.close_gate('connector:okta', 'maintenance', clock_timestamp() + interval '2 seconds')")
        closed = gate(world, "connector:okta")
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        early = [call["op"] for call in world.sandbox.calls(vendor="okta") if call["arrived_us"] < closed["until_us"]]
        expect("calls before its time", early, [])


main()
