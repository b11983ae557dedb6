#!/usr/bin/env python3
"""Drafted clean-up notes: a ticket carries what a language model wrote, harmless and stored; and no ticket waits for a model that is slow,
broken or talks nonsense."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from world import World

QUICK = 'ticket_retry.base = "50ms"\nticket_retry.cap = "200ms"\ncall_time = "5s"'
HEADING = "**Drafted by a language model, checked by nobody:**"
TOKEN = "model-token"


def drafting(world, more=""):
    """The configuration's changes: a model, played by the sandbox."""
    world.write_secret("model.token", TOKEN)
    world.sandbox.control("PUT", "/config", {"drafter": {"token": TOKEN}})
    section = f"""\
[linear.draft]
url = "{world.sandbox.url}"
token_file = "model.token"
model = "small"
prompt = "{{{{seat}}}} left {{{{app}}}}. What is to be cleaned up?"
time_max = "400ms"
{more}
[confirmation.endpoints"""
    return [("[confirmation.endpoints", section)]


def note(world, issue=0):
    """What stands below the heading in a ticket, or None."""
    _, heading, rest = world.sandbox.issues()[issue]["description"].partition(HEADING)
    return rest.strip() if heading else None


@test
def a_ticket_carries_the_draft_and_the_model_sees_its_prompt_alone():
    with World(worker=QUICK) as world:
        world.start_worker(changes=drafting(world))
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("the note", note(world), "`Hand the files over before the end of the month.`")
        expect("the model saw", [(call["model"], call["prompt"]) for call in world.sandbox.calls("drafter.chat")],
               [("small", "ada left figma. What is to be cleaned up?")])
        stored = world.db.value("select body from reclaim.outbox where job_id = %s and topic = 'ticket'", job)
        expect("it is stored with the ticket", ("Hand the files over" in stored, '"draft"' in stored), (True, False))


@test
def what_a_model_says_is_shown_as_text_and_does_nothing():
    with World(worker=QUICK) as world:
        changes = drafting(world, "bytes_max = 100")
        world.sandbox.control("PUT", "/config", {"drafter": {"says": "Ask @all at [our wiki](https://evil.test)\n- [x] done ` " + "and on " * 50}})
        world.start_worker(changes=changes)
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        shown = note(world)
        expect("one span of code", (shown.startswith("``Ask @all at [our wiki](https://evil.test) - [x] done ` and on"), shown.endswith("…``")), (True, True))
        expect("cut", len(shown) < 120, True)
        expect("the removal", world.job(job)["state"], "removed")


@test
def a_ticket_that_is_sent_again_carries_the_same_draft():
    with World(worker=QUICK) as world:
        world.sandbox.faults({"on": "linear.issueCreate", "kind": "reset_before", "times": 2})
        world.start_worker(changes=drafting(world))
        world.wait_finished(world.enqueue("figma", "ada"))
        creations = world.sandbox.calls("linear.issueCreate")
        expect("creations sent", len(creations), 3)
        expect("their texts", len({call["description_sha256"] for call in creations}), 1)
        expect("drafts asked for", len(world.sandbox.calls("drafter.chat")), 1)


@test
def no_ticket_waits_for_a_model_that_is_slow_broken_or_talks_nonsense():
    for fault in ({"kind": "latency", "ms": 5000}, {"kind": "status", "status": 500}, {"kind": "html"}, {"kind": "endless", "ms": 1},
                  {"kind": "status", "status": 200, "body": '{"choices": "many"}'}, {"kind": "reset_before"}, {"kind": "slow_drip", "ms": 100}):
        with World(worker=QUICK) as world:
            world.sandbox.faults({"on": "drafter.chat", **fault})
            worker = world.start_worker(changes=drafting(world))
            first = world.enqueue("figma", "ada")
            world.wait_event(first, "requester_confirmed", 4)
            second = world.enqueue("figma", "bob")
            world.wait_finished(first, second)
            expect(f"{fault}: tickets without a note", [note(world, 0), note(world, 1)], [None, None])
            expect(f"{fault}: on record", [world.events(job)[2:] for job in (first, second)],
                   [["revoke_confirmed", "ticket_opened", "requester_confirmed"]] * 2)
            # The second ticket found the model left alone for a while.
            expect(f"{fault}: the log says so once", len(worker.logged("draft_missing")), 1)


@test
def a_worker_that_dies_while_a_model_writes_leaves_the_draft_to_the_next():
    with World(worker=QUICK) as world:
        world.sandbox.faults({"on": "drafter.chat", "kind": "hold", "times": 1})
        changes = [(old, new.replace("400ms", "10s")) for old, new in drafting(world)]
        first = world.start_worker("first", changes=changes)
        job = world.enqueue("figma", "ada")
        wait_until(lambda: world.sandbox.held() == 1, "the model is writing")
        expect("the removal is on record already", "revoke_confirmed" in world.events(job), True)
        first.kill9()
        world.start_worker("second", changes=changes)
        world.wait_finished(job)
        expect("the note", note(world), "`Hand the files over before the end of the month.`")
        expect("tickets", len(world.sandbox.issues()), 1)


main()
