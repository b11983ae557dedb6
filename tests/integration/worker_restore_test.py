#!/usr/bin/env python3
"""A removed seat is given back once, by an approval of its own: by webhook or by a person, through crashes and lost answers."""
import json
import pathlib
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from webhook import approval
from world import World

STORY = ["received", "restore_attempted", "restored", "requester_confirmed"]
LEASE = 'lease = "2s"'


class Restored(World):
    """A world in which calls of a removal are dead as soon as it is recorded, for tests that are about something else."""

    def __init__(self, outlive="0", **more):
        super().__init__(**more)
        self.db.run("create or replace function reclaim.calls_outlive() returns interval language sql immutable "
                    f"set search_path = pg_catalog, pg_temp as $$ select interval '{outlive}' $$")

    def removed(self, seat="ada", **assigned):
        self.sandbox.assign("figma", seat, **assigned)
        epoch = self.db.value("select reclaim.flag_seat('figma', %s, %s)", seat, seat)
        job = self.enqueue("figma", seat, epoch)
        self.wait_finished(job)
        expect("the seat is gone", self.sandbox.holds("figma", seat), False)
        return job

    def restore(self, removal):
        return self.db.value("select reclaim.restore(%s, 'it.lead@example.com', 'it is needed')", removal)

    def given_back(self):
        calls = self.sandbox.calls("okta.assign_app_user")
        return len(calls), sum(call["effect"] == "applied" for call in calls)

    def generation(self, seat="ada"):
        return self.sandbox.control("GET", "/okta/assignments?app=figma")["users"].get(seat, {}).get("generation")


def restoring(removal_ref, seat="ada", **changes):
    """The body of a seat.restore.approved event."""
    body = json.loads(approval("figma", seat, None, None, removal_approval_id=removal_ref, approval_id="res_" + uuid.uuid4().hex[:8], **changes))
    return json.dumps(body | {"type": "seat.restore.approved"}).encode()


@test
def a_signed_approval_gives_the_seat_back_and_the_requester_is_told():
    with Restored() as world:
        world.start_receiver()
        world.start_worker()
        removal = world.approve("figma", "ada", approval_id="apr_first")
        world.wait_finished(removal)
        body = restoring("apr_first")
        answer = world.send(body, "msg_restore")
        expect("answered", answer.status, 202)
        job = answer.json["job_id"]
        world.wait_finished(job)
        expect("the story", world.events(job), STORY)
        expect("the seat is there again", (world.sandbox.holds("figma", "ada"), world.given_back(), world.generation()), (True, (1, 1), 2))
        call = world.sandbox.calls("okta.assign_app_user")[0]
        event = world.audit(job, "restored")[0]
        expect("the vendor's log and ours agree", (event["operation_key"], event["provider_status"], event["outcome"], event["detail"]["undoes"]),
               (call["op_key"], 200, "restored", int(removal)))
        expect("told", [(told["type"], told["data"]["outcome"]) for told in world.told(job)], [("seat.restore.completed", "restored")])
        expect("the seat is in use", world.db.value("select state from reclaim.seat"), "active")
        again = world.send(body, "msg_restore")
        expect("sent again", (again.status, again.json.get("duplicate"), world.given_back()), (202, True, (1, 1)))
        expect("the status", world.job(job)["state"], "restored")
        expect("a removal nobody knows", world.send(restoring("apr_none")).status, 404)
        expect("fields that are missing are named", world.send(restoring(None)).status, 422)


@test
def a_restore_waits_until_no_call_of_the_removal_can_arrive_any_more():
    with Restored(outlive="3 seconds") as world:
        world.start_worker()
        removal = world.removed()
        job = world.restore(removal)
        world.wait_finished(job)
        expect("the story", world.events(job), ["received", "deferred"] + STORY[1:])
        waited = world.db.value("select extract(epoch from b.recorded_at - r.recorded_at) >= 3 from reclaim.audit b, reclaim.audit r "
                                "where b.job_id = %s and b.event_type = 'restore_attempted' and r.job_id = %s and r.event_type = 'revoke_confirmed'",
                                job, removal)
        expect("begun when the last call was dead, by the database's clock", waited, True)


@test
def what_is_not_as_it_was_is_said_by_name_and_the_log_names_nobody():
    with Restored() as world:
        world.start_worker()
        removal = world.removed(role="chief designer")
        job = world.restore(removal)
        world.wait_finished(job)
        expect("told", [(told["data"]["outcome"], told["data"]["reason"]) for told in world.told(job)], [("partly_restored", "profile")])
        kept = json.loads(world.audit(removal, "revoke_confirmed")[0]["reason_text"])
        expect("what the removal saw", (kept["scope"], kept["profile"]["role"]), ("USER", "chief designer"))
        expect("events that say it", world.db.value("select count(*) from reclaim.log_event e where e::text like '%%designer%%' or e::text like '%%example.com%%'"), 0)


@test
def a_worker_killed_while_the_call_is_out_leaves_one_restore_at_the_vendor():
    for moment, rule in {"before": {"kind": "hold"}, "after": {"kind": "hold", "apply": "before"}}.items():
        with Restored(worker=LEASE) as world:
            worker = world.start_worker("first")
            removal = world.removed()
            world.sandbox.faults({"on": "okta.assign_app_user", "times": 1, **rule})
            job = world.restore(removal)
            wait_until(lambda: world.sandbox.held(), "the call is out")
            worker.kill9()
            world.sandbox.faults()
            world.start_worker("second")
            world.wait_finished(job)
            expect(f"killed {moment} the effect: restores applied", (world.given_back()[1], world.generation()), (1, 2))
            expect("how it is known", world.audit(job, "restored")[0]["reason_code"], None if moment == "before" else "confirmed_by_look")
            expect("intents", len(world.audit(job, "restore_attempted")), 2)


@test
def a_worker_killed_before_it_could_record_leaves_one_restore_and_one_record():
    with Restored(worker=LEASE) as world:
        worker = world.start_worker("first")
        removal = world.removed()
        # The look after the call: what it did is done, and nobody has written it down.
        world.sandbox.faults({"on": "okta.get_app_user", "kind": "hold", "nth": 2})
        job = world.restore(removal)
        wait_until(lambda: world.given_back()[1] == 1 and world.sandbox.held(), "given back, and looked at")
        worker.kill9()
        world.sandbox.faults()
        world.start_worker("second")
        world.wait_finished(job)
        expect("restores sent, applied", world.given_back(), (1, 1))
        expect("records", len(world.audit(job, "restored")), 1)


@test
def a_restore_whose_answer_was_lost_is_read_back_and_not_repeated():
    with Restored() as world:
        world.start_worker()
        removal = world.removed()
        world.sandbox.faults({"on": "okta.assign_app_user", "kind": "apply_then_reset"})
        job = world.restore(removal)
        world.wait_finished(job)
        expect("restores sent, applied", world.given_back(), (1, 1))
        expect("how it is known", world.audit(job, "restored")[0]["reason_code"], "confirmed_by_look")


@test
def a_seat_somebody_gave_back_meanwhile_is_not_given_twice():
    with Restored() as world:
        world.start_worker()
        removal = world.removed()
        world.sandbox.assign("figma", "ada")
        job = world.restore(removal)
        world.wait_finished(job)
        expect("outcome", world.job(job)["state"], "already_held")
        expect("restores sent", world.given_back(), (0, 0))


@test
def a_vendor_whose_recipe_has_no_restore_is_left_alone_and_the_requester_told_why():
    with Restored() as world:
        recipe = pathlib.Path(world.folder, "no-restore.toml")
        shipped = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "recipes" / "okta-app-assignment.toml"
        text = shipped.read_text(encoding="utf-8")
        start, end = text.index("\n[restore]\n"), text.index("\n[health]\n")
        recipe.write_text(text[:start] + text[end:], encoding="utf-8")
        world.start_worker(changes=[(str(shipped), str(recipe))])
        removal = world.removed()
        job = world.restore(removal)
        world.wait_finished(job)
        expect("told", [(told["type"], told["data"]["reason"]) for told in world.told(job)], [("seat.restore.not_possible", "recipe_has_no_restore")])
        expect("restores sent", world.given_back(), (0, 0))


main()
