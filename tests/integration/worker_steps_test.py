#!/usr/bin/env python3
"""One approval through all five steps, and the seats that cannot simply be taken: what is done, told and written down."""
import hashlib
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from world import SOURCE, World

WHOLE_STORY = ["received", "revoke_attempted", "revoke_confirmed", "ticket_opened", "requester_confirmed"]


def okta_calls(world, user):
    return [call["op"].removeprefix("okta.") for call in world.sandbox.calls(user=user)]


@test
def an_approved_removal_takes_all_five_steps_once_and_in_order():
    with World() as world:
        world.start_worker()
        job = world.enqueue("figma", "ada", reason="unused for 90 days")
        world.wait_finished(job)
        expect("the story", world.events(job), WHOLE_STORY)
        expect("the vendor was looked at, asked once, and looked at again", okta_calls(world, "ada"),
               ["get_app_user", "delete_app_user", "get_app_user"])
        expect("still assigned", world.sandbox.holds("figma", "ada"), False)
        expect("the seat", world.db.value("select state from reclaim.seat where seat = 'ada'"), "removed")

        order = [call["op"] for call in world.sandbox.calls() if call["effect"] == "applied"]
        expect("effects", order, ["okta.delete_app_user", "linear.issueCreate", "requester.post"])


@test
def the_record_names_who_what_when_and_by_whose_approval():
    with World() as world:
        world.start_worker()
        job = world.enqueue("figma", "ada", approval_id="apr_7")
        world.wait_finished(job)
        record = world.db.row("select * from reclaim.reclamation_record where job_id = %s", job)
        issue = world.sandbox.issues()[0]
        expect("record", {name: record[name] for name in ("approval_id", "app", "seat", "subject", "approver", "requester", "outcome",
                                                          "connector", "provider_operation", "provider_status", "ticket")},
               {"approval_id": "apr_7", "app": "figma", "seat": "ada", "subject": "ada", "approver": "it.lead@example.com",
                "requester": "finops@example.com", "outcome": "removed", "connector": "okta",
                "provider_operation": record["provider_operation"], "provider_status": 204, "ticket": issue["identifier"]})
        expect("the call on record", "DELETE" in record["provider_operation"], True)
        removal = world.sandbox.calls("okta.delete_app_user")[0]
        expect("the vendor's request id is on record", record["provider_request_id"].startswith("Z"), True)
        expect("the operation key was sent", removal["op_key"], record["operation_key"])
        expect("in order", record["attempted_at"] <= record["removed_at"] <= record["requester_confirmed_at"], True)
        sent = world.db.value("select encode(sha256(body), 'hex') from reclaim.approval where id = %s", job)
        expect("the approval's bytes", record["approval_sha256"], sent)


@test
def the_ticket_and_the_confirmation_say_what_was_done():
    with World() as world:
        world.start_worker()
        job = world.enqueue("figma", "ada", approval_id="apr_7")
        world.wait_finished(job)

        created = world.sandbox.calls("linear.issueCreate")
        expect("tickets", len(created), 1)
        expect("title", created[0]["title"], "Clean up reclaimed seat: figma (ada)")
        ticket = world.db.row("select body, identifier, url from reclaim.outbox where topic = 'ticket' and job_id = %s", job)
        frozen = json.loads(ticket["body"])["issue"]
        expect("the text is the frozen one", created[0]["description_sha256"],
               hashlib.sha256(frozen["description"].encode()).hexdigest())
        for said in ("ada", "figma", "it.lead@example.com", "apr_7", "removed"):
            expect(f"the text names {said}", said in frozen["description"], True)
        expect("its id is ours", created[0]["client_uuid"], frozen["id"])

        posted = world.sandbox.calls("requester.post")
        expect("confirmations", len(posted), 1)
        expect("signature, first delivery", (posted[0]["sig_ok"], posted[0]["effect"]), (True, "applied"))
        expect("the bytes are the frozen ones", posted[0]["body"],
               world.db.value("select body from reclaim.outbox where message_id = %s", posted[0]["webhook_id"]))
        body = json.loads(posted[0]["body"])
        expect("the ticket Linear gave", ticket["identifier"], world.sandbox.issues()[0]["identifier"])
        expect("type", body["type"], "seat.removal.completed")
        expect("data", body["data"], {
            "approval_id": "apr_7", "job_id": job, "app": "figma", "seat": "ada", "subject": "ada", "approver": "it.lead@example.com",
            "outcome": "removed", "reason": None,
            "ticket": {"state": "opened", "id": frozen["id"], "identifier": ticket["identifier"], "url": ticket["url"]}})


@test
def a_seat_nobody_holds_is_recorded_as_already_absent_and_nothing_is_removed():
    with World() as world:
        world.start_worker()
        epoch = world.db.value("select reclaim.flag_seat('figma', 'ada', 'ada')")
        job = world.enqueue("figma", "ada", epoch)
        world.wait_finished(job)
        expect("the story", world.events(job), ["received", "revoke_attempted", "already_absent", "ticket_opened", "requester_confirmed"])
        expect("removals sent", okta_calls(world, "ada").count("delete_app_user"), 0)
        # A 404 counts only while the app itself answers: a wrong URL looks the same.
        expect("the app was asked for too", len(world.sandbox.calls("okta.get_app")), 1)
        expect("told", [body["data"]["outcome"] for body in world.told(job)], ["already_absent"])


@test
def a_seat_whose_removal_the_vendor_has_scheduled_is_not_removed_again():
    with World() as world:
        world.start_worker()
        epoch = world.flag("figma", "ada")
        world.sandbox.assign("figma", "ada", status="REVOKED")
        job = world.enqueue("figma", "ada", epoch)
        world.wait_finished(job)
        expect("the story", world.events(job), WHOLE_STORY)
        expect("outcome", world.audit(job, "revoke_confirmed")[0]["outcome"], "scheduled")
        expect("removals sent", okta_calls(world, "ada").count("delete_app_user"), 0)
        expect("told", [body["data"]["outcome"] for body in world.told(job)], ["scheduled"])


def inherited(world, **assignment):
    """A seat that comes through a group: held, told, made direct by an admin, released, removed."""
    world.start_worker()
    epoch = world.flag("figma", "ada")
    world.sandbox.assign("figma", "ada", groups=["designers"], **assignment)
    job = world.enqueue("figma", "ada", epoch)
    world.wait_event(job, "requester_notified")
    expect("state", world.job(job)["state"], "held")
    expect("the story so far", world.events(job), ["received", "revoke_attempted", "still_present", "requester_notified"])
    why = world.audit(job, "still_present")[0]["reason_text"]
    expect("a person is told what to do", "take the person out of the group" in why, True)
    expect("told", [(body["type"], body["data"]["reason"]) for body in world.told(job)], [("seat.removal.held", "inherited")])
    expect("still assigned", world.sandbox.holds("figma", "ada"), True)
    calls_while_held = len(world.sandbox.calls(user="ada"))

    world.sandbox.assign("figma", "ada")
    world.db.row("select reclaim.release(%s, 'assigned directly now')", job)
    world.wait_finished(job)
    expect("the rest of the story", world.events(job)[4:], ["released", *WHOLE_STORY[1:]])
    expect("told in the end", world.told(job)[-1]["data"]["outcome"], "removed")
    return calls_while_held


@test
def a_seat_inherited_from_a_group_is_held_for_a_person_and_goes_through_once_it_is_direct():
    with World() as world:
        calls = inherited(world, scope="GROUP")
        expect("calls about it until a person acted", calls, 1)


@test
def a_removal_refused_because_of_a_group_is_held_the_same_way():
    # The look says USER, so that only the DELETE's own answer (E0000046) tells.
    with World() as world:
        calls = inherited(world, scope="USER")
        expect("calls about it until a person acted", calls, 2)
        refused = [call for call in world.sandbox.calls("okta.delete_app_user") if call["status"] == 403]
        expect("removals refused", len(refused), 1)


@test
def jobs_that_came_while_no_worker_ran_are_all_done_by_two():
    with World() as world:
        jobs = [world.enqueue("figma" if number % 2 else "slack", f"u{number}") for number in range(20)]
        first, second = world.start_worker("first"), world.start_worker("second")
        world.wait_finished(*jobs)
        for job in jobs:
            expect(f"the story of {job}", world.events(job), WHOLE_STORY)
        applied = [(call["app"], call["user"]) for call in world.sandbox.calls("okta.delete_app_user", effect="applied")]
        expect("removals applied", (len(applied), len(set(applied))), (20, 20))
        expect("tickets", len(world.sandbox.issues()), 20)
        expect("confirmations", len(world.sandbox.deliveries()), 20)
        claimed = wait_until(lambda: world.metric(first, "reclaim_worker_jobs_claimed_total")
                             + world.metric(second, "reclaim_worker_jobs_claimed_total"), "claims are counted")
        expect("claims", claimed, 20)
        expect("what is left in the hot table", world.db.value("select count(*) from reclaim.job"), 0)
        expect("endpoints used", {delivery["endpoint"] for delivery in world.sandbox.deliveries()}, {SOURCE})


main()
