#!/usr/bin/env python3
"""PostgreSQL ends at once and comes back, three times, while jobs run: nothing is lost, nothing is done twice, nobody restarts."""
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from approval_tool import ApprovalTool
from harness import expect, main, test, wait_until
from judge import Judge, now_us
from webhook import approval
from world import SOURCE, World

APPROVALS = 600
SPREAD_S = 24
TIMES = 3
DOWN_S = 2
SEATS = APPROVALS + TIMES
WORKER = """
lease = "3s"
crashes_max = 1000
revoke_retry.attempts_max = 100
revoke_retry.base = "200ms"
[confirmation]
schedule = [""" + ", ".join(['"300ms"'] * 30) + "]"


def answers_while_away(world, until):
    """Status and seconds of fresh requests while the database is down."""
    seen = []
    while time.monotonic() < until:
        started = time.monotonic()
        answer = world.send(approval("figma", "nobody", 1, None))
        seen.append((answer.status, time.monotonic() - started, answer.headers.get("retry-after")))
        time.sleep(0.02)
    return seen


def first_claim_after(world, back_at):
    """When, by the database's clock, the first job was taken up again."""
    return world.db.value("select extract(epoch from min(recorded_at)) from reclaim.audit where event_type = 'revoke_attempted' "
                          "and recorded_at > to_timestamp(%s)", back_at)


@test
def three_crashes_of_postgresql_lose_nothing_and_double_nothing():
    seed = random.SystemRandom().randrange(1 << 31)
    print(f"      seed {seed}", flush=True)
    dice = random.Random(seed)
    with World(own_cluster=True, worker=WORKER) as world:
        world.sandbox.control("POST", "/okta/assign", {"app": "figma", "prefix": "u", "from": 1, "count": SEATS})
        world.db.rows("select reclaim.flag_seat('figma', 'u' || n, 'u' || n) from generate_series(1, %s) as n", SEATS)
        world.sandbox.faults({"on": "okta.*", "kind": "latency", "ms": 20, "jitter_ms": 60})
        judge = Judge(world)
        receiver = world.start_receiver()
        programs = [receiver, world.start_worker("first"), world.start_worker("second")]
        tool = ApprovalTool(f"{world.receiver_url}/v1/webhooks/{SOURCE}", judge.sender_log, dice, duplicates=0.1)
        for number in range(1, APPROVALS + 1):
            tool.plan(approval("figma", f"u{number}", 1, None), dice.uniform(0, SPREAD_S))
        tool.start()
        for time_number in range(1, TIMES + 1):
            time.sleep(dice.uniform(2, 4))
            down_us = now_us()
            world.cluster.crash()
            seen = answers_while_away(world, time.monotonic() + DOWN_S)
            expect("answers while it is away", {status for status, _, _ in seen}, {503})
            expect("each says when to come again", all(retry_after for _, _, retry_after in seen), True)
            slowest = max(took for _, took, _ in seen)
            expect(f"slowest answer ({slowest:.3f} s) under 250 ms", slowest < 0.25, True)
            world.cluster.start()
            back_at = time.time()
            judge.fault("outage", "postgres", at_us=down_us, until_us=now_us())
            # A seat kept for this moment: the others may all have been sent.
            tool.plan(approval("figma", f"u{APPROVALS + time_number}", 1, None, approval_id=f"back-{time_number}"))
            wait_until(lambda at=time_number: f"back-{at}" in tool.jobs, "the receiver takes approvals again", 5)
            receiver_s = time.time() - back_at
            claimed_at = wait_until(lambda at=back_at: first_claim_after(world, at), "a worker goes on", 5)
            print(f"      crash {time_number}: {len(seen)} answers, slowest {slowest * 1000:.0f} ms; back after {receiver_s:.2f} s, "
                  f"first claim after {claimed_at - back_at:.2f} s", flush=True)
        tool.wait_taken(60)
        tool.stop()
        wait_until(lambda: world.db.value("select count(*) from reclaim.job_done where outcome = 'removed'") == SEATS,
                   "every approval ends", 60)

        expect("programs still running", [program.alive() for program in programs], [True] * 3)
        expect("refused requests", tool.refusals, [])
        expect("approvals answered 202, jobs", (len(tool.jobs), len(set(tool.jobs.values()))), (SEATS, SEATS))
        for program in programs[1:]:
            program.terminate()
        expect("the checker is content", judge.verdict({"outage": TIMES}, attempts_max=100), True)
        removed = [call["user"] for call in world.sandbox.calls("okta.delete_app_user", effect="applied")]
        expect("removals applied, seats", (len(removed), len(set(removed))), (SEATS, SEATS))


main()
