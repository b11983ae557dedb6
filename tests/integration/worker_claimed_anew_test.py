#!/usr/bin/env python3
"""A worker that loses a job while a record of it waits, and then claims the same job again: what the database answers is the new lease's."""
import pathlib
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from pg_proxy import Hold, PgProxy
from world import World


def claimed_anew_while_its_first_intent_waits(take_away):
    with World() as world:
        first_intent = Hold()

        def hold_it(message):
            if message.to_server and message.kind == "Execute" and message.about == "begin_revokes":
                proxy.hook = None
                return first_intent
            return None
        port = urllib.parse.urlsplit(world.db.url).port
        with PgProxy(port, hold_it) as proxy:
            world.start_worker(database_url=world.db.url.replace(f":{port}/", f":{proxy.port}/"))
            other = world.enqueue("figma", "ada")
            wait_until(lambda: proxy.hook is None, "an intent is on its way, and the next ones have to wait")
            job = world.enqueue("figma", "bob")
            token = "select claim_token from reclaim.job where id = %s"
            first = wait_until(lambda: world.db.value(token, job), "the job is claimed")
            world.db.run(take_away.format(job))
            wait_until(lambda: world.db.value(token, job) not in (None, first), "and claimed anew by the same worker")
            first_intent.release()
            world.wait_finished(other, job)
        intents = world.audit(job, "revoke_attempted")
        expect("intents", len(intents), 1)
        expect("calls about the seat", {(call["op_key"], int(call["fence"])) for call in world.sandbox.calls(user="bob")},
               {(intents[0]["operation_key"], intents[0]["fence"])})


@test
def a_job_requeued_while_its_first_intent_waits_is_begun_under_the_new_lease_alone():
    claimed_anew_while_its_first_intent_waits("select reclaim.requeue({}, 'test')")


@test
def a_job_whose_claim_was_lost_in_a_crash_is_begun_under_the_new_lease_that_has_the_same_fence():
    # Claims are committed asynchronously: a crash can take one back. No intent stands on it, because that would have made it last.
    claimed_anew_while_its_first_intent_waits("set session_replication_role = replica; update reclaim.job set fence = fence - 1, claim_token = null, worker = null, visible_at = now() where id = {}; "
                                              "notify reclaim_job")


main()
