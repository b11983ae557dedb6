#!/usr/bin/env python3
"""Workers that lose the session whose lock proves them alive, but live on: nobody else works on a job while they still do."""
import datetime
import json
import pathlib
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from pg_proxy import CUT_BEFORE, PgProxy
from world import World

HELD = {"on": "okta.delete_app_user", "kind": "hold", "times": 1}
PROVEN_BY = "select l.pid from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory' and a.datname = current_database()"


def with_a_call_out(world, database_url=None):
    """A worker whose DELETE the vendor is sitting on, the job, and the server process of the session that proves it alive."""
    world.sandbox.faults(HELD)
    worker = world.start_worker("first", database_url)
    job = world.enqueue("figma", "ada")
    wait_until(lambda: world.sandbox.held() == 1, "the removal is with the vendor")
    return worker, job, world.db.value(PROVEN_BY)


def at_us(line):
    return round(datetime.datetime.fromisoformat(json.loads(line)["ts"].replace("Z", "+00:00")).timestamp() * 1e6)


@test
def a_worker_that_cannot_prove_that_it_lives_ends_its_calls_before_anybody_else_begins():
    with World(worker='lease = "30s"') as world:
        port = urllib.parse.urlsplit(world.db.url).port
        with PgProxy(port) as proxy:
            first, job, proof = with_a_call_out(world, world.db.url.replace(f":{port}/", f":{proxy.port}/"))
            proxy.hook = lambda message: CUT_BEFORE if message.kind == "Startup" else None  # it does not come back
            world.start_worker("second")
            world.db.value("select pg_terminate_backend(%s)", proof)
            lost = at_us(first.wait_line("lease_lost"))
            world.wait_finished(job)
        expect("why it stopped", first.logged("lease_lost")[0]["how"], "session_lost")
        calls = world.sandbox.calls(user="ada")
        next_holder = [call["arrived_us"] for call in calls if call["fence"] == "2"]
        expect(f"calls of the next holder ({(min(next_holder) - lost) / 1000:.0f} ms later) come after the end of the first's",
               min(next_holder) > lost, True)
        expect("fences that removed", [call["fence"] for call in calls if call["effect"] == "applied"], ["2"])


@test
def a_worker_that_proves_again_in_time_that_it_lives_keeps_its_jobs():
    with World(worker='lease = "30s"') as world:
        first, job, proof = with_a_call_out(world)
        world.start_worker("second")
        world.db.value("select pg_terminate_backend(%s)", proof)
        wait_until(lambda: len(world.db.rows(PROVEN_BY)) == 2 and first.logged("listener_down"), "it has registered anew")
        time.sleep(1.5)  # longer than it takes until the other would have it
        world.sandbox.release()
        world.wait_finished(job)
        expect("claims", world.job(job)["fence"], 1)
        expect("removals sent", len(world.sandbox.calls("okta.delete_app_user")), 1)
        again = world.enqueue("slack", "ada")
        world.wait_finished(again)


@test
def a_worker_alone_goes_on_when_the_database_is_back_and_not_at_the_end_of_a_lease():
    with World(own_cluster=True, worker='lease = "60s"') as world:
        first, job, _ = with_a_call_out(world)
        world.cluster.kill9()
        first.wait_line("lease_lost")
        world.cluster.start()
        world.wait_finished(job, limit_s=15)
        expect("attempts charged", {row["attempt"] for row in world.audit(job, "revoke_attempted")}, {1})
        expect("removals applied", len(world.sandbox.calls("okta.delete_app_user", effect="applied")), 1)


main()
