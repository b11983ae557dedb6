#!/usr/bin/env python3
"""SIGHUP: receiver and worker read their secrets anew, all or none, and whatever is in progress goes on."""
import concurrent.futures
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from webhook import approval, http_call
from world import OKTA_TOKEN, SOURCE, STATUS_TOKEN, TEAM, World

NEW_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def reload(*programs):
    """Each has said how it went when this returns; those that refused."""
    said = [len(program.logged("secrets_reloaded") + program.logged("secrets_not_reloaded")) for program in programs]
    for program in programs:
        program.signal(signal.SIGHUP)
    for program, before in zip(programs, said):
        wait_until(lambda: len(program.logged("secrets_reloaded") + program.logged("secrets_not_reloaded")) > before, f"{program.name} answers SIGHUP")
    return [program for program in programs if program.logged("secrets_not_reloaded")]


def status_of(world, approval_id, token):
    return http_call("GET", f"{world.receiver_url}/v1/approvals/{approval_id}", headers={"Authorization": f"Bearer {token}"}).status


@test
def every_secret_is_replaced_without_a_restart():
    with World() as world:
        receiver, worker = world.start_receiver(), world.start_worker()
        world.wait_finished(world.approve("figma", "before"))
        world.sandbox.control("PUT", "/config", {
            "okta": {"token": "okta-2"}, "linear": {"api_key": "lin_api_2", "teams": [{"id": TEAM, "key": "IT", "name": "IT"}]},
            "requester": {SOURCE: {"secrets": [NEW_SECRET]}}})
        for name, text in (("okta.token", "okta-2"), ("linear.key", "lin_api_2"), ("webhook.secret", NEW_SECRET),
                           ("status.token", "another-status-token")):
            world.write_secret(name, text)
        expect("refused the reload", reload(receiver, worker), [])

        body = approval("figma", "after", world.flag("figma", "after"), None, approval_id="apr-after")
        expect("signed by the old secret", world.send(body).status, 401)
        answer = world.send(body, secret=NEW_SECRET)
        expect("signed by the new one", answer.status, 202)
        world.wait_finished(answer.json["job_id"])
        expect("removed", world.sandbox.holds("figma", "after"), False)
        expect("tickets", len(world.sandbox.issues()), 2)
        expect("confirmations that verify", [call["sig_ok"] for call in world.sandbox.calls("requester.post")], [True, True])
        expect("status by old and new token", (status_of(world, "apr-after", STATUS_TOKEN), status_of(world, "apr-after", "another-status-token")), (401, 200))
        expect("gates closed", worker.logged("gate_closed"), [])


@test
def a_call_under_way_with_the_old_key_is_sent_again_with_the_new_one():
    with World() as world:
        worker = world.start_worker()
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "hold", "times": 1})
        job = world.enqueue("figma", "ada")
        wait_until(lambda: world.sandbox.held() == 1, "the removal is under way")
        world.sandbox.control("PUT", "/config", {"okta": {"token": "okta-2"}})
        world.write_secret("okta.token", "okta-2")
        expect("refused the reload", reload(worker), [])
        world.sandbox.release()
        world.wait_finished(job)
        expect("answers", [call["status"] for call in world.sandbox.calls("okta.delete_app_user")], [401, 204])
        expect("outcome", world.job(job)["state"], "removed")
        expect("gates closed", worker.logged("gate_closed"), [])


@test
def a_bad_secret_file_is_named_and_every_secret_stays_as_it_was():
    with World() as world:
        receiver, worker = world.start_receiver(), world.start_worker()
        world.write_secret("linear.key", "lin_api_2")  # good, and all the same not taken
        (world.folder / "okta.token").chmod(0o644)
        world.write_secret("webhook.secret", "hunter2")  # for both programs
        expect("refused the reload", reload(receiver, worker), [receiver, worker])
        for program, keys in ((worker, ["connectors.okta.token_file"]), (receiver, [f"receiver.sources.{SOURCE}.secret_file"])):
            told = program.logged("secrets_not_reloaded")[0]
            expect(f"{program.name}: named", [key for key in keys if key not in told["why"]], [])
            expect(f"{program.name}: told", "hunter2" in told["why"], False)
            expect(f"{program.name}: level", told["level"], "error")
        job = world.approve("figma", "ada")
        world.wait_finished(job)
        expect("ticket by the old key", world.events(job)[-3:].count("ticket_opened"), 1)

        (world.folder / "okta.token").chmod(0o600)
        world.write_secret("okta.token", OKTA_TOKEN)
        expect("still refused, for the confirmation's secret", reload(worker), [worker])
        expect("told", "callback endpoint" in worker.logged("secrets_not_reloaded")[1]["why"], True)


@test
def reloads_in_the_middle_of_many_approvals_lose_and_repeat_nothing():
    with World() as world:
        programs = world.start_receiver(), world.start_worker()
        world.sandbox.faults({"on": "okta.*", "kind": "latency", "ms": 20})
        bodies = [approval("figma", f"u{number}", world.flag("figma", f"u{number}"), None) for number in range(40)]
        with concurrent.futures.ThreadPoolExecutor(8) as senders:
            answers = senders.map(world.send, bodies)
            for _ in range(5):
                expect("refused the reload", reload(*programs), [])
            answers = list(answers)
        expect("answers", {answer.status for answer in answers}, {202})
        jobs = [answer.json["job_id"] for answer in answers]
        world.wait_finished(*jobs)
        removed = [call["user"] for call in world.sandbox.calls("okta.delete_app_user", effect="applied")]
        expect("removals", sorted(removed), sorted(f"u{number}" for number in range(40)))
        expect("confirmations", len(world.sandbox.deliveries()), 40)


@test
def a_credential_that_systemd_passes_is_read_by_its_name():
    with World() as world:
        passed = world.folder / "passed"
        passed.mkdir(0o750)
        (passed / "okta.token").write_text(OKTA_TOKEN + "\n")
        (passed / "okta.token").chmod(0o440)  # as systemd's access list shows
        world.write_secret("okta.token", "not this one")
        changes = [('token_file = "okta.token"', 'token_credential = "okta.token"')]
        worker = world.launch_worker(changes=changes, env={"CREDENTIALS_DIRECTORY": str(passed)})
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("outcome", world.job(job)["state"], "removed")
        worker.terminate()
        alone = world.launch_worker("alone", changes=changes)
        expect("without systemd", alone.wait(), 1)
        expect("told", "connectors.okta.token_credential: no credentials were passed" in "\n".join(alone.lines), True)


main()
