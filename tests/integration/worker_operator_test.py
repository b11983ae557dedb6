#!/usr/bin/env python3
"""People at work while a removal is under way: the holder is fenced, the job ends once, and what comes too late is refused."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from database import SqlError
from harness import expect, main, test, wait_until
from world import World

DELETE_HELD = {"on": "okta.delete_app_user", "kind": "hold", "times": 1}
ENDED = ["revoke_confirmed", "ticket_opened", "requester_confirmed"]


def under_way(world, fault):
    """A job whose DELETE the vendor is sitting on."""
    world.sandbox.faults(fault)
    job = world.enqueue("figma", "ada")
    wait_until(lambda: world.sandbox.held() == 1, "the removal is with the vendor")
    return job


def refused(world, sql, *values):
    """What the database says to a step that is not legal now."""
    try:
        world.db.row(sql, *values)
    except SqlError as error:
        return str(error)
    raise AssertionError(f"was not refused: {sql}")


def expect_ended_once(world, job):
    world.wait_finished(job)
    expect("removals applied", len(world.sandbox.calls("okta.delete_app_user", effect="applied")), 1)
    expect("ends", [world.events(job).count(event) for event in ENDED], [1, 1, 1])
    expect("tickets", len(world.sandbox.issues()), 1)
    # By its own time: a notice that waited for its turn may arrive after the end.
    expect("the last message", max(world.told(job), key=lambda body: body["timestamp"])["data"]["outcome"], "removed")


@test
def a_hold_fences_the_holder_whose_result_then_counts_for_nothing():
    with World() as world:
        worker = world.start_worker()
        job = under_way(world, DELETE_HELD | {"apply": "before"})
        world.db.row("select reclaim.hold(%s, 'let me check first')", job)
        world.sandbox.release()
        world.wait_event(job, "requester_notified")
        wait_until(lambda: world.metric(worker, "reclaim_worker_leases_lost_total") == 1, "the fenced attempt is counted")
        expect("the story", world.events(job), ["received", "revoke_attempted", "held", "requester_notified"])
        expect("state", world.job(job)["state"], "held")
        said = refused(world, "select reclaim.cancel(%s, 'too late')", job)
        expect("cancelling it", "its removal has begun and cannot be cancelled" in said, True)

        world.db.row("select reclaim.release(%s, 'checked')", job)
        expect_ended_once(world, job)
        expect("the rest of the story", world.events(job)[4:], ["released", "revoke_attempted", *ENDED])
        expect("how it was learned", world.audit(job, "revoke_confirmed")[0]["reason_code"], "confirmed_by_look")
        expect("removals sent", len(world.sandbox.calls("okta.delete_app_user")), 1)


@test
def a_held_job_sends_nothing_to_the_vendor_even_where_its_attempt_was_between_look_and_removal():
    with World() as world:
        worker = world.start_worker()
        job = under_way(world, {"on": "okta.get_app_user", "kind": "hold", "times": 1})
        world.db.row("select reclaim.hold(%s, 'stop')", job)
        world.wait_event(job, "requester_notified")
        world.sandbox.release()
        wait_until(lambda: world.metric(worker, "reclaim_worker_leases_lost_total") == 1, "the fenced attempt ended")
        expect("removals sent", world.sandbox.calls("okta.delete_app_user"), [])
        expect("still assigned", world.sandbox.holds("figma", "ada"), True)


@test
def a_requeue_while_the_call_is_out_ends_once():
    with World() as world:
        world.start_worker("first")
        job = under_way(world, DELETE_HELD)
        world.start_worker("second")
        world.db.row("select reclaim.requeue(%s, 'it seems stuck')", job)
        world.wait_event(job, "revoke_confirmed")
        # The first holder's call acts only now, and finds nothing left to do.
        world.sandbox.release()
        expect_ended_once(world, job)
        expect("the story", world.events(job), ["received", "revoke_attempted", "requeued", "revoke_attempted", *ENDED])


@test
def a_cancel_in_time_ends_the_job_without_a_call():
    with World() as world:
        world.db.row("select reclaim.close_gate('app:figma', 'pause')")
        world.start_worker()
        job = world.enqueue("figma", "ada")
        wait_until(lambda: world.db.value("select waiting_for from reclaim.job where id = %s", job) == "app:figma", "it waits")
        world.db.row("select reclaim.cancel(%s, 'they still need it')", job)
        world.wait_finished(job)
        expect("the story", world.events(job), ["received", "cancelled", "requester_confirmed"])
        expect("calls", world.sandbox.calls(vendor="okta"), [])
        expect("told", [(body["type"], body["data"]["reason"]) for body in world.told(job)], [("seat.removal.cancelled", "cancelled")])


@test
def a_cancel_after_the_intent_is_refused_and_says_what_is_legal():
    with World() as world:
        world.start_worker()
        job = under_way(world, DELETE_HELD)
        said = refused(world, "select reclaim.cancel(%s, 'too late')", job)
        expect("it has begun", "its removal has begun and cannot be cancelled" in said, True)
        expect("what is legal", "reclaim.hold()" in said, True)
        world.sandbox.release()
        expect_ended_once(world, job)
        expect("cancelling it then", "nothing is left to cancel" in refused(world, "select reclaim.cancel(%s, 'still')", job), True)
        expect("nothing of it is on record", "cancelled" in world.events(job), False)


@test
def hold_release_and_requeue_in_quick_succession_end_once():
    with World() as world:
        world.start_worker("first")
        world.start_worker("second")
        job = under_way(world, DELETE_HELD)
        for _ in range(5):
            world.db.row("select reclaim.hold(%s, 'stop')", job)
            world.db.row("select reclaim.release(%s, 'go')", job)
        world.db.row("select reclaim.requeue(%s, 'at once')", job)
        world.wait_event(job, "revoke_confirmed")
        world.sandbox.release()
        expect_ended_once(world, job)
        story = world.events(job)
        expect("acts on record", [story.count(event) for event in ("held", "released", "requeued")], [5, 5, 1])
        sequence = [row["event_seq"] for row in
                    world.db.rows("select event_seq from reclaim.audit where job_id = %s order by event_seq", job)]
        expect("no gap in the story", sequence, list(range(1, len(sequence) + 1)))


main()
