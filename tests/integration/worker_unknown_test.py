#!/usr/bin/env python3
"""Answers that are lost, late or nonsense: looked into, never believed, and never a reason to remove twice."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test
from world import World

QUICK = 'call_time = "1s"\nrevoke_retry.base = "50ms"\nrevoke_retry.cap = "50ms"'


def removals(world, user):
    calls = world.sandbox.calls("okta.delete_app_user", user=user)
    return len(calls), sum(call["effect"] == "applied" for call in calls)


@test
def a_removal_whose_answer_was_lost_is_read_back_and_not_repeated():
    with World() as world:
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "apply_then_reset"})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("removals sent, applied", removals(world, "ada"), (1, 1))
        expect("the story", world.events(job),
               ["received", "revoke_attempted", "revoke_confirmed", "ticket_opened", "requester_confirmed"])
        confirmed = world.audit(job, "revoke_confirmed")[0]
        expect("how it was learned", (confirmed["outcome"], confirmed["reason_code"]), ("removed", "confirmed_by_look"))
        expect("the record names the call without an answer", confirmed["provider_status"], 0)


@test
def a_removal_that_takes_effect_after_our_deadline_is_waited_for_by_looking():
    with World(worker=QUICK) as world:
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "delay_then_apply", "ms": 2500})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("removals sent, applied", removals(world, "ada"), (1, 1))
        looks = [call["status"] for call in world.sandbox.calls("okta.get_app_user", user="ada")]
        expect("looks: first held, last gone", (looks[0], looks[-1]), (200, 404))
        expect("it was seen to be held after the call", looks.count(200) >= 2, True)
        expect("outcome", world.audit(job, "revoke_confirmed")[0]["outcome"], "removed")


@test
def nonsense_in_answer_to_a_removal_never_counts_and_it_is_repeated_only_after_a_look_shows_the_seat():
    without_effect = {
        "reset": {"kind": "reset_before"},
        "html": {"kind": "html", "status": 200},
        "words": {"kind": "status", "status": 200, "body": "done"},
        "odd": {"kind": "status", "status": 202, "body": "{}"},
        "endless": {"kind": "endless"},
        "gateway": {"kind": "status", "status": 504, "body": "upstream timed out"},
    }
    with_effect = {"cut": {"kind": "truncate"}, "echo": {"kind": "wrong_user_echo"}}
    with World(worker=QUICK) as world:
        world.sandbox.faults(*({"on": "okta.delete_app_user", "match": {"user": user}, "times": 1, **rule}
                               for user, rule in {**without_effect, **with_effect}.items()))
        world.start_worker()
        jobs = {user: world.enqueue("figma", user) for user in (*without_effect, *with_effect)}
        world.wait_finished(*jobs.values(), limit_s=60)
        for user in without_effect:
            # Six looks over about 15 s showed the seat still held; then, and only then, another attempt.
            expect(f"{user}: removals sent, applied", removals(world, user), (2, 1))
            ops = [call["op"] for call in world.sandbox.calls(user=user)]
            second = len(ops) - 1 - ops[::-1].index("okta.delete_app_user")
            expect(f"{user}: a look comes right before the repeat", ops[second - 1], "okta.get_app_user")
            expect(f"{user}: the story", world.events(jobs[user])[:5],
                   ["received", "revoke_attempted", "outcome_unknown", "revoke_attempted", "revoke_confirmed"])
        for user in with_effect:
            expect(f"{user}: removals sent, applied", removals(world, user), (1, 1))
        for user, job in jobs.items():
            expect(f"{user}: outcome", world.job(job)["state"], "removed")
            expect(f"{user}: confirmed by a look that found nothing", world.sandbox.calls("okta.get_app_user", user=user)[-1]["status"],
                   404)


@test
def nonsense_in_answer_to_a_look_never_counts_as_absent_and_nothing_is_sent():
    nonsense = {
        "html": {"kind": "html", "status": 200},
        "html404": {"kind": "html", "status": 404},
        "bare404": {"kind": "status", "status": 404, "body": "{}"},
        "empty": {"kind": "status", "status": 200, "body": ""},
        "cut": {"kind": "truncate"},
        "endless": {"kind": "endless"},
        "other": {"kind": "wrong_user_echo"},
        "down": {"kind": "status", "status": 503, "body": ""},
        "reset": {"kind": "reset_before"},
    }
    with World(worker=QUICK + "\nrevoke_retry.attempts_max = 2") as world:
        world.sandbox.faults(*({"on": "okta.get_app_user", "match": {"user": user}, **rule} for user, rule in nonsense.items()))
        world.start_worker()
        jobs = {user: world.enqueue("figma", user) for user in nonsense}
        world.wait_finished(*jobs.values(), limit_s=30)
        expect("removals sent", len(world.sandbox.calls("okta.delete_app_user")), 0)
        for user, job in jobs.items():
            expect(f"{user}: the story", world.events(job),
                   ["received", "revoke_attempted", "attempt_failed", "revoke_attempted", "revoke_failed", "requester_confirmed"])
            told = world.told(job)
            expect(f"{user}: told", [(body["type"], body["data"]["outcome"]) for body in told], [("seat.removal.failed", "failed")])
        # What failed can be run again, and then it goes through.
        world.sandbox.faults()
        job = jobs["html"]
        world.db.row("select reclaim.requeue(%s, 'the vendor is well again')", job)
        world.wait_finished(job)
        expect("after the requeue", (world.job(job)["state"], removals(world, "html")), ("removed", (1, 1)))


@test
def a_job_that_fails_while_its_removal_may_have_happened_says_so():
    with World(worker=QUICK + "\nrevoke_retry.attempts_max = 1") as world:
        # The first look is answered, the six after the removal are not. A rule does not see the calls an earlier one took.
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "apply_then_reset"},
                             *[{"on": "okta.get_app_user", "kind": "status", "status": 503, "nth": 2}] * 6)
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job, limit_s=40)
        expect("outcome", (world.job(job)["state"], world.job(job)["reason"]), ("failed", "outcome_unknown"))
        row = world.db.row("select outcome_unknown, what_you_can_do from reclaim.failed_jobs where job_id = %s", job)
        expect("what a person sees", row, {"outcome_unknown": True, "what_you_can_do": f"select reclaim.requeue({job}, 'why');"})
        world.sandbox.faults()
        world.db.row("select reclaim.requeue(%s, 'look again')", job)
        world.wait_finished(job)
        expect("after the requeue", (world.job(job)["state"], removals(world, "ada")), ("removed", (1, 1)))
        expect("how it was learned", world.audit(job, "revoke_confirmed")[0]["reason_code"], "confirmed_by_look")


main()
