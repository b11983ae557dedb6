#!/usr/bin/env python3
"""The cleanup ticket: one, whatever becomes of Linear's answers; and no confirmation waits for it longer than it may."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from full_ticket import FULL_TICKET, IDS
from harness import expect, main, test, wait_until
from world import LINEAR_KEY, TEAM, World

OTHER_TEAM = "11111111-2222-4333-8444-555555555501"
FIGMA = 'vars = { app_id = "figma" }\n'
QUICK = 'ticket_retry.base = "50ms"\nticket_retry.cap = "200ms"'


def refusal(code):
    return json.dumps({"errors": [{"message": "not like this", "extensions": {"code": code, "type": "invalid input"}}]})


def tickets_told(world, job):
    """What each message to the requester said about the ticket."""
    return [(body["type"], body["data"]["ticket"]["state"]) for body in world.told(job)]


def inputs(world):
    """What each issue was created with, by app."""
    return {issue["title"].split()[-2]: json.loads(issue["input"]) for issue in world.sandbox.issues()}


@test
def a_ticket_carries_everything_that_is_configured_and_a_link_to_its_evidence():
    with World(worker=QUICK) as world:
        world.start_worker(changes=FULL_TICKET)
        job = world.enqueue("figma", "ada", approval_id="apr/1 ?")
        world.wait_finished(job)
        due = world.db.value("select to_char(reclaim.clock() at time zone 'UTC' + interval '7 days', 'YYYY-MM-DD')")
        sent = inputs(world)["figma"]
        expect("the description", sent.pop("description").split("\n\n")[1],
               "- [ ] Export or hand over what this person keeps in `figma`\n"
               "- [ ] Order one licence of `figma` less at the next renewal (true-down)\n")
        expect("all else", sent, {
            "id": world.sandbox.issues()[0]["id"], "teamId": TEAM, "title": "Clean up reclaimed seat: figma (ada)",
            "labelIds": [IDS["label"], IDS["other_label"]], "subscriberIds": [IDS["subscriber"]], "assigneeId": IDS["assignee"],
            "projectId": IDS["project"], "stateId": IDS["state"], "templateId": IDS["template"], "priority": 2, "dueDate": due})
        expect("attached", [(link["issue"], link["url"], link["title"]) for link in world.sandbox.on_issues("attachment")],
               [(sent["id"], "https://reclaim.example.com/evidence/apr%2F1%20%3F", "Evidence of the removal")])


@test
def an_app_has_a_ticket_of_its_own_where_it_says_so_and_everybodys_where_not():
    with World(worker=QUICK) as world:
        world.sandbox.control("PUT", "/config", {"linear": {"teams": [{"id": OTHER_TEAM, "key": "DES", "name": "Design"}]}})
        own = FIGMA + f"""\
ticket.team_id = "{OTHER_TEAM}"
ticket.title = "Tidy {{{{app}}}} (after {{{{approver}}}})"
ticket.label_ids = []
ticket.due_in_days = 0
ticket.link = ""
ticket.checklist = "mail"
"""
        lists = '[linear.checklists.mail]\nitems = ["Forward the mail of {{email}}"]\n\n[linear.checklists.seat]\nitems = []\n\n'
        world.start_worker(changes=FULL_TICKET + [(FIGMA, own), ("[confirmation.endpoints", lists + "[confirmation.endpoints")])
        world.sandbox.assign("figma", "ada")
        epoch = world.db.value("select reclaim.flag_seat('figma', 'ada', 'ada', 'ada@example.com')")
        world.wait_finished(world.enqueue("figma", "ada", epoch), world.enqueue("slack", "bob"))
        design, it = (next(issue for issue in world.sandbox.issues() if issue["team"] == team) for team in ("DES", "IT"))
        mine, everybodys = (json.loads(issue["input"]) for issue in (design, it))
        expect("its own title", mine["title"].startswith("Tidy figma (after "), True)
        expect("its own checklist", mine["description"].split("\n\n")[1], "- [ ] Forward the mail of `ada@example.com`\n")
        expect("without what it takes away", [name in mine for name in ("labelIds", "dueDate")], [False, False])
        expect("everybody's for the rest", [mine[name] for name in ("assigneeId", "priority")], [IDS["assignee"], 2])
        expect("the other app has everybody's", [everybodys[name] for name in ("teamId", "labelIds")], [TEAM, [IDS["label"], IDS["other_label"]]])
        expect("an empty checklist", "- [ ]" in everybodys["description"], False)
        expect("attached", [link["issue"] for link in world.sandbox.on_issues("attachment")], [it["id"]])


@test
def an_account_that_is_closed_leaves_more_to_do_than_a_seat():
    with World(worker=QUICK) as world:
        world.start_worker(changes=[("okta-app-assignment.toml", "okta-user-deactivation.toml")])
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("the story", world.events(job)[2:], ["revoke_confirmed", "ticket_opened", "requester_confirmed"])
        items = inputs(world)["figma"]["description"].split("\n\n")[1].splitlines()
        expect("the checklist", [item.split()[3].rstrip(":") for item in items], ["Export", "Mailbox", "Devices", "Order"])


@test
def tickets_open_by_an_oauth_token_as_well():
    with World(worker=QUICK) as world:
        world.sandbox.control("PUT", "/config", {"linear": {"api_key": "lin_api_nobody", "oauth_token": LINEAR_KEY}})
        world.start_worker(changes=FULL_TICKET + [('token_file = "linear.key"', 'token_file = "linear.key"\nauth = "bearer"')])
        world.wait_finished(world.enqueue("figma", "ada"))
        expect("tickets and links", (len(world.sandbox.issues()), len(world.sandbox.on_issues("attachment"))), (1, 1))


@test
def a_link_whose_answer_is_lost_is_attached_once_and_the_ticket_is_told_after_it():
    with World(worker=QUICK) as world:
        world.sandbox.faults({"on": "linear.attachmentCreate", "kind": "apply_then_reset", "times": 2})
        world.start_worker(changes=FULL_TICKET)
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("attachments sent", len(world.sandbox.calls("linear.attachmentCreate")), 3)
        expect("tickets and links", (len(world.sandbox.issues()), len(world.sandbox.on_issues("attachment"))), (1, 1))
        expect("the story", world.events(job)[2:], ["revoke_confirmed", "ticket_opened", "requester_confirmed"])


@test
def a_link_linear_refuses_for_good_keeps_no_ticket_from_being_told():
    with World(worker=QUICK) as world:
        world.sandbox.faults({"on": "linear.attachmentCreate", "kind": "status", "status": 200, "body": refusal("INPUT_ERROR")})
        worker = world.start_worker(changes=FULL_TICKET)
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("told", tickets_told(world, job), [("seat.removal.completed", "opened")])
        expect("the operator's log", len(worker.logged("ticket_link_refused")), 1)
        expect("sent", len(world.sandbox.calls("linear.attachmentCreate")), 1)


@test
def a_lost_answer_to_the_creation_leads_to_one_ticket():
    with World(worker=QUICK) as world:
        world.sandbox.faults({"on": "linear.issueCreate", "kind": "apply_then_reset"})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("creations sent", len(world.sandbox.calls("linear.issueCreate")), 1)
        expect("tickets", len(world.sandbox.issues()), 1)
        opened = world.audit(job, "ticket_opened")
        expect("on record", [row["detail"]["identifier"] for row in opened], [world.sandbox.issues()[0]["identifier"]])
        expect("told", tickets_told(world, job), [("seat.removal.completed", "opened")])


@test
def a_ticket_opened_by_a_worker_that_died_is_found_by_its_id_when_the_next_one_creates_it_again():
    with World(worker=QUICK) as world:
        world.sandbox.faults({"on": "linear.issueCreate", "kind": "hold", "apply": "before", "times": 1})
        first = world.start_worker("first")
        job = world.enqueue("figma", "ada")
        wait_until(lambda: world.sandbox.held() == 1, "the ticket is open and its answer is on the way")
        first.kill9()
        world.start_worker("second")
        world.wait_finished(job)
        creations = world.sandbox.calls("linear.issueCreate")
        expect("creations sent, effects", [call["effect"] for call in creations], ["applied", "none"])
        expect("with one id", len({call["client_uuid"] for call in creations}), 1)
        expect("tickets", len(world.sandbox.issues()), 1)
        expect("told", tickets_told(world, job), [("seat.removal.completed", "opened")])


@test
def linears_rate_limit_closes_its_gate_for_a_while_and_charges_nothing():
    for form in ({"http": 400}, {"http": 429}):
        with World() as world:
            world.sandbox.faults({"on": "linear.issueCreate", "kind": "rate_limit", "seconds": 2, "times": 1, **form})
            world.start_worker()
            first = world.enqueue("figma", "u0")
            closed = wait_until(lambda: world.db.row(
                "select extract(epoch from closed_until) * 1000000 as until_us from reclaim.gate where scope = 'linear'"), "the gate closes")
            second = world.enqueue("figma", "u1")
            world.wait_event(second, "revoke_confirmed")
            world.wait_finished(first, second)
            # The one that was refused is the first call; the next may come when Linear said so.
            calls = world.sandbox.calls(vendor="linear")
            expect(f"{form}: calls before the time", [call["op"] for call in calls[1:] if call["arrived_us"] < closed["until_us"]], [])
            expect(f"{form}: tries charged", world.db.value("select max(attempts) from reclaim.outbox where topic = 'ticket'"), 0)
            expect(f"{form}: tickets", len(world.sandbox.issues()), 2)
            expect(f"{form}: told", tickets_told(world, first), [("seat.removal.completed", "opened")])


@test
def without_linear_the_confirmation_goes_out_in_time_and_an_update_names_the_ticket_later():
    with World(worker=QUICK + '\nwait_for_ticket = "600ms"') as world:
        world.sandbox.faults({"on": "linear.*", "kind": "status", "status": 503})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_event(job, "requester_confirmed")
        first = world.sandbox.deliveries()[0]
        expect("told", tickets_told(world, job), [("seat.removal.completed", "pending")])
        expect("the job goes on", world.job(job)["outcome"], "removed")

        world.sandbox.faults()
        world.wait_finished(job)
        expect("the story", world.events(job),
               ["received", "revoke_attempted", "revoke_confirmed", "requester_confirmed", "ticket_opened", "requester_confirmed"])
        expect("told", tickets_told(world, job), [("seat.removal.completed", "pending"), ("seat.removal.updated", "opened")])
        update = world.told(job)[1]["data"]["ticket"]
        expect("the update names it", update["identifier"], world.sandbox.issues()[0]["identifier"])
        expect("two messages, each with an id of its own", first["webhook_id"] != world.sandbox.deliveries()[1]["webhook_id"], True)
        expect("each was sent once", [delivery["count"] for delivery in world.sandbox.deliveries()], [1, 1])


@test
def a_linear_that_hangs_delays_no_other_seat_and_no_confirmation_for_long():
    with World(worker=QUICK + '\nwait_for_ticket = "500ms"\ncall_time = "1s"') as world:
        world.sandbox.faults({"on": "linear.*", "kind": "hold"})
        world.start_worker()
        jobs = [world.enqueue("figma", f"u{number}") for number in range(5)]
        for job in jobs:
            world.wait_event(job, "requester_confirmed")
            expect("told", tickets_told(world, job), [("seat.removal.completed", "pending")])
        world.sandbox.faults()
        world.sandbox.release()
        world.wait_finished(*jobs)
        expect("tickets", len(world.sandbox.issues()), 5)


@test
def a_ticket_linear_refuses_for_good_is_given_up_and_the_confirmation_says_so():
    with World(worker=QUICK) as world:
        world.sandbox.faults({"on": "linear.issueCreate", "kind": "status", "status": 200, "body": refusal("INPUT_ERROR")})
        worker = world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("the story", world.events(job), ["received", "revoke_attempted", "revoke_confirmed", "ticket_failed", "requester_confirmed"])
        expect("told", tickets_told(world, job), [("seat.removal.completed", "failed")])
        expect("the reason", world.told(job)[0]["data"]["ticket"]["reason"], "refused_by_linear")
        expect("the removal stands", world.job(job)["state"], "removed")
        expect("the operator's log", [line["topic"] for line in worker.logged("message_delayed") if line["final"]], ["ticket"])


@test
def a_key_linear_refuses_parks_the_tickets_until_a_person_opens_the_gate():
    with World(worker=QUICK + '\nwait_for_ticket = "300ms"') as world:
        world.sandbox.control("PUT", "/config", {"linear": {"api_key": "lin_api_other"}})
        world.start_worker()
        job = world.enqueue("figma", "ada")
        world.wait_event(job, "requester_confirmed")
        expect("told", tickets_told(world, job), [("seat.removal.completed", "pending")])
        expect("the gate", world.db.value("select closed_until from reclaim.gate where scope = 'linear'"), "infinity")
        sent = len(world.sandbox.calls(vendor="linear"))
        world.sandbox.control("PUT", "/config", {"linear": {"api_key": "lin_api_sandbox"}})
        expect("calls while the gate is closed", len(world.sandbox.calls(vendor="linear")), sent)
        world.db.row("select reclaim.open_gate('linear', 'the key is back')")
        world.wait_finished(job)
        expect("told", tickets_told(world, job)[1:], [("seat.removal.updated", "opened")])


main()
