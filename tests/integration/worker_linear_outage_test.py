#!/usr/bin/env python3
"""Linear is away for a day, or wants no calls for a while: removals do not notice, few calls are spent on it, and afterwards every ticket
is there, once. The database's clock is moved on from one due time to the next."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from full_ticket import FULL_TICKET
from harness import expect, main, test
from shifted_clock import ShiftedClock
from world import World

HOUR = 3600
OFTEN = 'poll = "20ms"\nlater_looks.after = []'


def remove(world, clock, seat, app="figma"):
    """A removal that arrives now, and is done before time passes."""
    before = clock.now
    job = world.enqueue(app, seat, expires_at=None)
    world.wait_event(job, "revoke_confirmed", 10)
    expect("time that passed meanwhile", clock.now - before, 0)
    return job


def expect_complete(world, jobs):
    """Each removal has one ticket with its link, and its requester knows."""
    issues = world.sandbox.issues()
    expect("tickets", len(issues), len(jobs))
    expect("one for each", len({issue["title"] for issue in issues}), len(jobs))
    expect("links", sorted(link["issue"] for link in world.sandbox.on_issues("attachment")), sorted(issue["id"] for issue in issues))
    expect("every field", {len(issue["input"]) > 500 for issue in issues}, {True})
    for job in jobs:
        expect("told at last", world.told(job)[-1]["data"]["ticket"]["state"], "opened")
        expect("the ticket's events", [event for event in world.events(job) if event.startswith("ticket_")], ["ticket_opened"])


@test
def a_day_without_linear_delays_no_removal_and_costs_few_calls():
    with World(worker=OFTEN) as world:
        clock = ShiftedClock(world)
        world.sandbox.faults({"on": "linear.*", "kind": "status", "status": 503})
        world.start_worker(changes=FULL_TICKET)
        jobs, calls, seen = [], [], 0
        for hour in range(0, 24, 3):
            jobs.append(remove(world, clock, f"u{hour}"))
            clock.pass_by(3 * HOUR)
            total = len(world.sandbox.calls(vendor="linear"))
            calls.append(total - seen)
            seen = total
        expect("told in time, without a ticket", [world.told(job)[0]["data"]["ticket"]["state"] for job in jobs], ["pending"] * len(jobs))
        expect("tickets meanwhile", world.sandbox.issues(), [])
        # Until it is known to be an outage, a few; then one at a time, ten minutes apart at most.
        expect(f"some calls in every three hours, and few: {calls}", (min(calls) >= 18, max(calls) <= 60), (True, True))

        world.sandbox.faults()
        clock.pass_by(HOUR)
        world.wait_finished(*jobs)
        expect_complete(world, jobs)


@test
def a_storm_of_refusals_for_ten_minutes_is_met_by_one_call_at_a_time():
    with World(worker=OFTEN) as world:
        clock = ShiftedClock(world)
        world.sandbox.faults({"on": "linear.*", "kind": "rate_limit", "http": 429, "seconds": 30, "retry_after": True})
        world.start_worker(changes=FULL_TICKET)
        jobs = [remove(world, clock, f"u{number}") for number in range(40)]
        at_first = len(world.sandbox.calls(vendor="linear"))
        clock.pass_by(600)
        during = len(world.sandbox.calls(vendor="linear")) - at_first
        expect(f"calls in ten minutes of pauses of 30 s: {during}", 10 <= during <= 25, True)
        expect("tries charged", world.db.value("select max(attempts) from reclaim.outbox where topic = 'ticket'"), 0)

        world.sandbox.faults()
        clock.pass_by(600)
        world.wait_finished(*jobs)
        expect_complete(world, jobs)
        creations = world.sandbox.calls("linear.issueCreate")
        expect("creations for each ticket after the storm", len([call for call in creations if call["effect"] == "applied"]), len(jobs))


main()
