#!/usr/bin/env python3
"""What happens to a seat from elsewhere: other approvals, cleared flags, changed subjects; and jobs that kill their workers."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from world import World

DELETE_HELD = {"on": "okta.delete_app_user", "kind": "hold", "times": 1}
STORY = ["received", "revoke_attempted", "revoke_confirmed", "ticket_opened", "requester_confirmed"]


def held_by_vendor(world):
    wait_until(lambda: world.sandbox.held() == 1, "the removal is with the vendor")


@test
def of_two_approvals_for_one_seat_the_older_wins_and_the_other_is_told():
    with World() as world:
        epoch = world.flag("figma", "ada")
        first, second = world.enqueue("figma", "ada", epoch), world.enqueue("figma", "ada", epoch)
        world.start_worker()
        world.wait_finished(first, second)
        expect("the winner", world.events(first), STORY)
        expect("the other", world.events(second), ["received", "superseded", "requester_confirmed"])
        expect("told", [[body["data"]["outcome"] for body in world.told(job)] for job in (first, second)], [["removed"], ["superseded"]])
        expect("removals sent", len(world.sandbox.calls("okta.delete_app_user")), 1)
        expect("tickets", len(world.sandbox.issues()), 1)


@test
def an_approval_that_comes_while_the_removal_runs_is_superseded_by_it():
    with World() as world:
        world.sandbox.faults(DELETE_HELD)
        world.start_worker("first")
        world.start_worker("second")
        epoch = world.flag("figma", "ada")
        first = world.enqueue("figma", "ada", epoch)
        held_by_vendor(world)
        second = world.enqueue("figma", "ada", epoch)
        world.wait_finished(second)
        expect("the late one", world.events(second), ["received", "superseded", "requester_confirmed"])
        world.sandbox.release()
        world.wait_finished(first)
        expect("removals sent", len(world.sandbox.calls("okta.delete_app_user")), 1)


def refused_story(world, job, reason):
    world.wait_finished(job)
    expect("the story", world.events(job), ["received", "refused", "requester_confirmed"])
    expect("told", [(body["type"], body["data"]["reason"]) for body in world.told(job)], [("seat.removal.refused", reason)])
    expect("calls", world.sandbox.calls(vendor="okta"), [])


@test
def a_flag_cleared_before_the_intent_stops_the_removal():
    with World() as world:
        job = world.enqueue("figma", "ada")
        world.db.row("select reclaim.unflag_seat('figma', 'ada', 'it is in use again')")
        world.start_worker()
        refused_story(world, job, "flag_cleared")


@test
def a_seat_cleared_and_flagged_again_needs_a_new_approval():
    with World() as world:
        job = world.enqueue("figma", "ada")
        world.db.row("select reclaim.unflag_seat('figma', 'ada')")
        epoch = world.db.value("select reclaim.flag_seat('figma', 'ada', 'ada')")
        world.start_worker()
        refused_story(world, job, "flagged_anew")
        again = world.enqueue("figma", "ada", epoch)
        world.wait_finished(again)
        expect("the new approval", world.events(again), STORY)


@test
def nobody_loses_a_seat_that_went_to_somebody_else_meanwhile():
    with World() as world:
        job = world.enqueue("figma", "ada")
        world.db.row("select reclaim.flag_seat('figma', 'ada', 'grace')")
        world.start_worker()
        refused_story(world, job, "subject_changed")


@test
def a_flag_cleared_while_the_removal_is_out_becomes_a_case_for_a_person():
    with World() as world:
        world.sandbox.faults(DELETE_HELD)
        world.start_worker()
        job = world.enqueue("figma", "ada")
        held_by_vendor(world)
        world.db.row("select reclaim.unflag_seat('figma', 'ada', 'it is in use again')")
        world.sandbox.release()
        world.wait_finished(job)
        expect("the story", world.events(job),
               ["received", "revoke_attempted", "revoke_confirmed", "compensation_needed", "ticket_opened", "requester_confirmed"])
        case = world.audit(job, "compensation_needed")[0]
        expect("the case", (case["reason_code"], case["actor_kind"]), ("unflagged_after_intent", "system"))
        late = world.db.row("select outcome, detail from reclaim.audit where event_type = 'seat_unflagged'")
        expect("clearing says it came too late", (late["outcome"], late["detail"]["removal_begun_by"]), ("too_late", job))


@test
def a_job_that_kills_its_workers_is_put_aside_and_the_others_go_on():
    with World(worker="crashes_max = 2") as world:
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "hold", "match": {"user": "poison"}})
        job = world.enqueue("figma", "poison")
        for name in ("first", "second"):
            worker = world.start_worker(name)
            held_by_vendor(world)
            worker.kill9()
            wait_until(lambda: world.sandbox.held() == 0, "the call has ended")
        world.start_worker("third")
        other = world.enqueue("figma", "innocent")
        world.wait_event(job, "requester_notified")
        world.wait_finished(other)
        expect("the story", world.events(job),
               ["received", "revoke_attempted", "revoke_attempted", "quarantined", "requester_notified"])
        expect("why", (world.job(job)["state"], world.job(job)["reason"]), ("held", "crashes"))
        explanation = world.db.value("select explanation from reclaim.failed_jobs where job_id = %s", job)
        expect("what a person reads", "workers died 2 times in a row" in explanation, True)

        world.sandbox.faults()
        world.db.row("select reclaim.release(%s, 'the worker is mended')", job)
        world.wait_finished(job)
        expect("the rest of the story", world.events(job)[5:], ["released", *STORY[1:]])


@test
def a_worker_whose_configuration_lacks_the_app_leaves_the_job_to_one_that_knows_it():
    with World() as world:
        first = world.start_worker("first", changes=[("[apps.slack]", "[apps.other]")])
        job = world.enqueue("slack", "ada")
        first.wait_line("app_not_configured")
        expect("calls", world.sandbox.calls(), [])
        wait_until(lambda: world.db.value("select claim_token is null from reclaim.job where id = %s", job), "it is given back")
        first.terminate()
        world.start_worker("second")
        world.db.row("select reclaim.requeue(%s, 'now')", job)
        world.wait_finished(job)
        expect("the outcome", world.job(job)["state"], "removed")


main()
