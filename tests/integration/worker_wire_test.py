#!/usr/bin/env python3
"""The server ends the worker's session at one chosen message of the wire."""
import pathlib
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test
from pg_proxy import Instead, PgProxy, fatal
from world import World


@test
def a_session_that_the_server_ends_between_its_last_answer_and_the_end_of_the_pipeline_costs_nothing():
    # A claim goes alone and is its own transaction; the others end in a commit.
    for statement, last in (("claim_jobs", "claim_jobs"), ("begin_revokes", "commit"), ("record_removals", "commit")):
        executed, committed, cut = {}, set(), []

        def hook(message, statement=statement, last=last, executed=executed, committed=committed, cut=cut):
            if message.kind == "Execute":
                executed.setdefault(message.connection, []).append(message.about)
            if message.kind == "CommandComplete" and message.about == last and statement in executed[message.connection]:
                committed.add(message.connection)
            if message.kind == "ReadyForQuery" and message.connection in committed and not cut:
                cut.append(True)
                return Instead(fatal("57P01", "terminating connection due to administrator command"))
            return None
        with World(worker='lease = "2s"\npoll = "100ms"') as world:
            port = urllib.parse.urlsplit(world.db.url).port
            job = world.enqueue("figma", "ada")
            with PgProxy(port, hook) as proxy:
                worker = world.start_worker(database_url=world.db.url.replace(f":{port}/", f":{proxy.port}/"))
                world.wait_finished(job)
                expect("the session ended", cut, [True])
                expect("services that died", worker.logged("task_failed"), [])
                expect(f"exit status after {statement}", worker.terminate(), 0)
            expect("outcome", world.job(job)["state"], "removed")
            expect("removals sent", len(world.sandbox.calls("okta.delete_app_user", effect="applied")), 1)


main()
