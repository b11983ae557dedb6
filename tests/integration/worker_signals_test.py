#!/usr/bin/env python3
"""Workers that are asked to stop, killed and frozen: no job is lost, charged unfairly, or done twice."""
import pathlib
import signal
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test, wait_until
from pg_proxy import Hold, PgProxy
from world import World

DELETE_HELD = {"on": "okta.delete_app_user", "kind": "hold", "times": 1}
STORY_AFTER_ANOTHER_TRY = ["received", "revoke_attempted", "revoke_attempted", "revoke_confirmed", "ticket_opened",
                           "requester_confirmed"]


def under_way(world, fault=None, seats=("ada",)):
    """Jobs whose DELETE the vendor is sitting on."""
    world.sandbox.faults(fault or DELETE_HELD)
    jobs = [world.enqueue("figma", seat) for seat in seats]
    wait_until(lambda: world.sandbox.held() == len(seats), "the removals are with the vendor")
    return jobs


def applied(world):
    return len(world.sandbox.calls("okta.delete_app_user", effect="applied"))


@test
def an_idle_worker_stops_at_once_and_signs_off():
    with World() as world:
        worker = world.start_worker()
        wait_until(lambda: world.db.value("select count(*) from reclaim.worker") == 1, "it has registered")
        started = time.monotonic()
        expect("exit status", worker.terminate(), 0)
        expect("within a second and a half", time.monotonic() - started < 1.5, True)
        expect("registered", world.db.value("select count(*) from reclaim.worker"), 0)


@test
def sigterm_lets_a_call_end_within_the_grace():
    with World(worker='grace = "10s"') as world:
        worker = world.start_worker()
        job, = under_way(world)
        worker.signal(signal.SIGTERM)
        worker.wait_line("worker_stopping")
        world.sandbox.release()
        started = time.monotonic()
        expect("exit status", worker.wait(), 0)
        expect("long before the grace is over", time.monotonic() - started < 5, True)
        world.wait_finished(job)
        expect("removals sent", len(world.sandbox.calls("okta.delete_app_user")), 1)


@test
def sigterm_in_the_middle_of_a_call_hands_the_job_back_uncharged():
    with World(worker='grace = "300ms"') as world:
        worker = world.start_worker("first")
        job, = under_way(world)
        started = time.monotonic()
        expect("exit status", worker.terminate(), 0)
        took = time.monotonic() - started
        expect(f"grace and 2 s are enough (took {took:.2f} s)", took < 2.3, True)
        given_back = world.db.row("select state, claim_token, attempts, crashes, effect_possible, visible_at <= reclaim.clock() as due "
                                  "from reclaim.job where id = %s", job)
        expect("handed back", given_back, {"state": "revoke", "claim_token": None, "attempts": 0, "crashes": 0, "effect_possible": True,
                                           "due": True})
        expect("registered", world.db.value("select count(*) from reclaim.worker"), 0)

        world.start_worker("second")
        world.wait_finished(job)
        expect("the story", world.events(job), STORY_AFTER_ANOTHER_TRY)
        expect("attempts charged", {row["attempt"] for row in world.audit(job, "revoke_attempted")}, {1})
        expect("removals applied", applied(world), 1)


@test
def sigterm_with_many_calls_out_hands_every_job_back():
    with World(worker='grace = "300ms"') as world:
        worker = world.start_worker("first")
        jobs = under_way(world, {"on": "okta.delete_app_user", "kind": "hold"}, [f"u{number}" for number in range(20)])
        expect("exit status", worker.terminate(), 0)
        expect("due at once", world.db.value("select count(*) from reclaim.job where claim_token is null and visible_at <= reclaim.clock() "
                                             "and attempts = 0"), 20)
        world.sandbox.faults()
        world.start_worker("second")
        world.wait_finished(*jobs)
        expect("removals applied", applied(world), 20)


@test
def a_claim_that_is_answered_after_sigterm_is_handed_back_and_not_begun():
    with World() as world:
        job = world.enqueue("figma", "ada")
        held = Hold()

        def first_claim(message):
            return held if message.kind == "CommandComplete" and message.about == "claim_jobs" and message.tag == "SELECT 1" else None
        with PgProxy(urllib.parse.urlsplit(world.db.url).port, first_claim) as proxy:
            port = urllib.parse.urlsplit(world.db.url).port
            worker = world.start_worker(database_url=world.db.url.replace(f":{port}/", f":{proxy.port}/"))
            claimed = "select 1 from reclaim.job where claim_token is not null"
            wait_until(lambda: world.db.value(claimed), "the claim is committed, and its answer on the way")
            worker.signal(signal.SIGTERM)
            worker.wait_line("worker_stopping")
            held.release()
            expect("exit status", worker.wait(5), 0)
        given_back = world.db.row("select state, claim_token, attempts, crashes, visible_at <= reclaim.clock() as due from reclaim.job where id = %s",
                                  job)
        expect("handed back", given_back, {"state": "validate", "claim_token": None, "attempts": 0, "crashes": 0, "due": True})
        expect("calls to anybody", world.sandbox.calls(), [])


@test
def a_second_sigterm_ends_it_now_and_another_worker_goes_on():
    with World(worker='grace = "30s"') as world:
        worker = world.start_worker("first")
        job, = under_way(world)
        worker.signal(signal.SIGTERM)
        worker.wait_line("worker_stopping")
        worker.signal(signal.SIGTERM)
        expect("exit status", worker.wait(2), 130)
        world.start_worker("second")
        world.wait_finished(job)
        expect("removals applied", applied(world), 1)


@test
def a_killed_workers_jobs_go_on_elsewhere_long_before_their_leases_end():
    with World(worker='lease = "15s"') as world:
        first = world.start_worker("first")
        jobs = under_way(world, {"on": "okta.delete_app_user", "kind": "hold"}, [f"u{number}" for number in range(10)])
        second = world.start_worker("second")
        world.sandbox.faults()
        first.kill9()
        killed = time.monotonic()
        again = "select count(*) from reclaim.audit where event_type = 'revoke_attempted' and fence = 2"
        wait_until(lambda: world.db.value(again) == 10, "every job is taken up again", 3)
        print(f"      resumed {time.monotonic() - killed:.2f} s after the kill", flush=True)
        world.wait_finished(*jobs)
        expect("removals applied", applied(world), 10)
        expect("freed", world.metric(second, "reclaim_worker_jobs_freed_total"), 10)
        for job in jobs:
            expect(f"the story of {job}", world.events(job), STORY_AFTER_ANOTHER_TRY)


def frozen_past_its_lease(answered_before):
    """A worker frozen with its DELETE out for longer than its lease; what it does when it wakes changes nothing."""
    with World(worker='lease = "2s"') as world:
        first = world.start_worker("first")
        job, = under_way(world, DELETE_HELD | {"apply": "before"} if answered_before else DELETE_HELD)
        first.freeze()
        world.start_worker("second")
        world.wait_finished(job)
        world.sandbox.release()  # the zombie's call ends only now
        wait_until(lambda: world.sandbox.held() == 0, "it has ended")
        first.thaw()
        wait_until(lambda: world.metric(first, "reclaim_worker_leases_lost_total") == 1, "the zombie counts its lost lease")
        expect("removals applied", applied(world), 1)
        expect("the story", world.events(job), STORY_AFTER_ANOTHER_TRY)
        expect("tickets, confirmations", (len(world.sandbox.issues()), len(world.sandbox.calls("requester.post"))), (1, 1))
        # It is not a broken worker: the next job may be its own.
        again = world.enqueue("slack", "ada")
        world.wait_finished(again)
        expect("alive", first.alive(), True)


@test
def a_frozen_workers_removal_that_had_happened_is_found_by_the_next_holder():
    frozen_past_its_lease(answered_before=True)


@test
def a_frozen_workers_removal_that_comes_late_finds_nothing_to_do():
    frozen_past_its_lease(answered_before=False)


@test
def leases_are_renewed_while_a_slow_vendor_thinks():
    with World(worker='lease = "2s"') as world:
        world.start_worker("first")
        world.start_worker("second")
        # Five calls of 600 ms: longer than a lease, and nobody else may take the job meanwhile.
        world.sandbox.faults({"on": "*", "kind": "latency", "ms": 600})
        job = world.enqueue("figma", "ada")
        world.wait_finished(job)
        expect("claims", world.job(job)["fence"], 1)
        expect("removals sent", len(world.sandbox.calls("okta.delete_app_user")), 1)


main()
