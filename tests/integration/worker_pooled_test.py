#!/usr/bin/env python3
"""Behind PgBouncer in transaction mode: no session, no LISTEN, no prepared statement; jobs run and come back all the same."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from pooler import POOLED, start_pgbouncer
from world import World

LEASE_S = 2


def pooled_world():
    return World(worker=f'lease = "{LEASE_S}s"\npoll = "100ms"')


@test
def jobs_run_through_a_transaction_pooler():
    with pooled_world() as world:
        url = start_pgbouncer(world)
        workers = [world.start_worker(name, url, POOLED) for name in ("first", "second")]
        jobs = [world.enqueue("figma", f"u{number}") for number in range(30)]
        world.wait_finished(*jobs)
        expect("removals applied", len(world.sandbox.calls("okta.delete_app_user", effect="applied")), 30)
        expect("tickets, confirmations", (len(world.sandbox.issues()), len(world.sandbox.deliveries())), (30, 30))
        registered = world.db.rows("select lock_key from reclaim.worker")
        expect("registered, without a session", registered, [{"lock_key": None}] * 2)
        for worker in workers:
            expect("trouble with the database", [line for event in ("record_refused", "records_delayed", "claim_failed", "beat_failed",
                                                                    "listener_down") for line in worker.logged(event)], [])
            expect("exit status", worker.terminate(), 0)
        expect("registered at the end", world.db.value("select count(*) from reclaim.worker"), 0)


@test
def a_gate_opened_in_psql_is_seen_without_a_notification():
    with pooled_world() as world:
        url = start_pgbouncer(world)
        world.db.row("select reclaim.close_gate('linear', 'pause')")
        world.start_worker("worker", url, POOLED)
        job = world.enqueue("figma", "ada")
        wait_until(lambda: world.db.value("select due_at = 'infinity' from reclaim.outbox where topic = 'ticket'"), "the ticket is parked")
        world.db.row("select reclaim.open_gate('linear', 'go on')")
        world.wait_finished(job)


@test
def a_killed_workers_jobs_go_on_within_their_lease_and_a_second():
    with pooled_world() as world:
        url = start_pgbouncer(world)
        world.sandbox.faults({"on": "okta.delete_app_user", "kind": "hold"})
        first = world.start_worker("first", url, POOLED)
        jobs = [world.enqueue("figma", f"u{number}") for number in range(10)]
        wait_until(lambda: world.sandbox.held() == 10, "the removals are with the vendor")
        world.start_worker("second", url, POOLED)
        world.sandbox.faults()
        first.kill9()
        killed = time.monotonic()
        again = "select count(*) from reclaim.audit where event_type = 'revoke_attempted' and fence = 2"
        wait_until(lambda: world.db.value(again) == 10, "every job is taken up again", LEASE_S + 1)
        print(f"      resumed {time.monotonic() - killed:.2f} s after the kill", flush=True)
        world.wait_finished(*jobs)
        expect("removals applied", len(world.sandbox.calls("okta.delete_app_user", effect="applied")), 10)


main()
