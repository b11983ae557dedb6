#!/usr/bin/env python3
"""The confirmation: the same id and bytes until it is taken, and an end when it cannot be."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from world import World

# The wait before each further try; after the last the message is undeliverable.
SCHEDULE = '[confirmation]\nschedule = ["50ms", "100ms", "150ms"]'


def posts(world):
    return world.sandbox.calls("requester.post")


@test
def an_unwilling_requester_gets_the_same_id_and_the_same_bytes_again():
    with World(worker=SCHEDULE) as world:
        world.sandbox.faults({"on": "requester.post", "kind": "status", "status": 500, "times": 1},
                             {"on": "requester.post", "kind": "apply_then_reset", "times": 1},
                             {"on": "requester.post", "kind": "html", "status": 404, "times": 1})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        tries = posts(world)
        expect("tries", [call["status"] for call in tries], [500, 0, 404, 204])
        expect("ids", len({call["webhook_id"] for call in tries}), 1)
        expect("bytes", len({call["body_sha256"] for call in tries}), 1)
        expect("signatures", {call["sig_ok"] for call in tries}, {True})
        expect("confirmed once", world.events(job).count("requester_confirmed"), 1)


@test
def an_endpoint_that_is_gone_is_asked_once_and_the_removal_stands():
    with World(worker=SCHEDULE) as world:
        world.sandbox.faults({"on": "requester.post", "kind": "gone"})
        worker = world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("tries", len(posts(world)), 1)
        expect("the story", world.events(job), ["received", "revoke_attempted", "revoke_confirmed", "ticket_opened", "confirmation_failed"])
        expect("on record", world.audit(job, "confirmation_failed")[0]["reason_code"], "gone")
        expect("the message", world.db.value("select state from reclaim.outbox where topic = 'confirmation'"), "undeliverable")
        expect("the outcome", world.job(job)["state"], "removed")
        expect("the operator's log", [line["topic"] for line in worker.logged("message_delayed") if line["final"]], ["confirmation"])


@test
def after_the_last_try_of_the_schedule_the_message_is_undeliverable():
    with World(worker=SCHEDULE) as world:
        world.sandbox.faults({"on": "requester.post", "kind": "status", "status": 503})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("tries", len(posts(world)), 4)
        expect("on record", [row["reason_code"] for row in world.audit(job, "confirmation_failed")], ["requester_fault"])


@test
def a_requester_that_asks_for_time_gets_it():
    with World(worker=SCHEDULE) as world:
        world.sandbox.faults({"on": "requester.post", "kind": "rate_limit", "seconds": 2, "retry_after": True, "times": 1})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        first, second = posts(world)
        expect("the pause was kept", second["arrived_us"] - first["at_us"] >= 1_900_000, True)


@test
def a_confirmation_a_dead_worker_had_sent_is_sent_again_with_the_same_bytes():
    with World(worker=SCHEDULE) as world:
        world.sandbox.faults({"on": "requester.post", "kind": "hold", "apply": "before", "times": 1})
        first = world.start_worker("first")
        job = world.enqueue("figma", "ada")
        wait_until(lambda: world.sandbox.held() == 1, "the confirmation is taken and its answer is on the way")
        first.kill9()
        world.start_worker("second")
        world.wait_finished(job)
        taken = world.sandbox.deliveries()
        expect("messages, times", [delivery["count"] for delivery in taken], [2])
        expect("bytes", len({call["body_sha256"] for call in posts(world)}), 1)
        expect("confirmed once", world.events(job).count("requester_confirmed"), 1)


@test
def a_callback_url_of_the_approval_is_not_used_unless_it_is_allowed():
    with World(worker=SCHEDULE) as world:
        world.start_worker()
        job = world.enqueue("figma", "ada", callback_url="https://169.254.169.254/latest/meta-data")
        world.wait_finished(job)
        expect("the story", world.events(job)[-1], "confirmation_failed")
        expect("on record", world.audit(job, "confirmation_failed")[0]["reason_code"], "no_endpoint")
        expect("posts", posts(world), [])


@test
def a_closed_callback_gate_parks_the_confirmation():
    with World(worker=SCHEDULE) as world:
        world.db.row("select reclaim.close_gate('callback:itsm', 'the requester moves house')")
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_event(job, "ticket_opened")
        wait_until(lambda: world.db.value("select due_at = 'infinity' from reclaim.outbox where topic = 'confirmation'"), "it is parked")
        expect("posts", posts(world), [])
        world.db.row("select reclaim.open_gate('callback:itsm', 'it is there')")
        world.wait_finished(job)
        expect("told", json.loads(posts(world)[0]["body"])["data"]["ticket"]["state"], "opened")


main()
