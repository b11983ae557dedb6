#!/usr/bin/env python3
"""Approvals under fire: real receiver, workers killed again and again, vendors that lose answers and ask for pauses, duplicates,
competing approvals, flags cleared and set anew. At the end every approval has ended, and the checker finds nothing wrong.

campaign.py [--approvals 1000] [--seed N] [--fire 30] ...; --keep FOLDER keeps the logs: sender, faults, vendors, workers."""
import argparse
import json
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from approval_tool import ApprovalTool
from harness import wait_until
from judge import Judge
from webhook import approval
from world import SOURCE, World

ATTEMPTS_MAX = 100
UNEXPECTED = ("attempt_broke", "task_failed", "record_refused", "worker_failed")
FROZEN_S = 4.5  # one and a half leases
# No job is to be put aside or given up because of what this campaign itself does.
WORKER = """
lease = "3s"
in_flight_max = 100
crashes_max = 1000
revoke_retry.attempts_max = """ + str(ATTEMPTS_MAX) + """
revoke_retry.base = "200ms"
revoke_retry.cap = "2s"
ticket_retry.base = "200ms"
ticket_retry.cap = "1s"
wait_for_ticket = "10s"
[confirmation]
schedule = [""" + ", ".join(['"300ms"'] * 30) + "]"


def options(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--approvals", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--fire", type=float, default=30, help="seconds of faults, during which the approvals arrive")
    parser.add_argument("--kill-every", type=float, default=2, help="seconds between two kills of a worker")
    parser.add_argument("--freezes", type=int, default=3, help="workers stopped for longer than their lease, then woken")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lost-answers", type=float, default=0.10, help="of the identity provider; half as often elsewhere")
    # Each closes a gate for a second or two: at 5 % the gate would hardly ever be open, and little would happen under fire.
    parser.add_argument("--pauses", type=float, default=0.05, help="share of 429 answers")
    parser.add_argument("--duplicates", type=float, default=0.10)
    parser.add_argument("--rivals", type=float, default=0.03, help="share of seats with a second approval")
    parser.add_argument("--reflagged", type=float, default=0.03, help="share of seats cleared and flagged again meanwhile")
    parser.add_argument("--limit", type=float, default=120, help="seconds in which everything ends once the faults have stopped")
    parser.add_argument("--keep", type=pathlib.Path, help="an empty folder for the logs")
    return parser.parse_args(arguments)


class Campaign:
    def __init__(self, world, asked):
        self.world, self.asked = world, asked
        self.dice = random.Random(asked.seed)
        self.judge = None
        self.kills = self.zombies_lost = 0
        self.workers = []
        self.ever_started = []

    def run(self):
        """Returns the seconds it took to end everything after the faults stopped."""
        asked, world = self.asked, self.world
        seats = self.flag_seats()
        self.judge = Judge(world)
        world.start_receiver()
        self.workers = [self.start_worker() for _ in range(asked.workers)]
        self.open_fire()
        tool = ApprovalTool(f"{world.receiver_url}/v1/webhooks/{SOURCE}", self.judge.sender_log, random.Random(asked.seed + 1),
                            asked.duplicates)
        self.plan(tool, seats)
        tool.start()
        others = [threading.Thread(target=self.change_flags, args=(seats,)), threading.Thread(target=self.freeze_workers)]
        for other in others:
            other.start()
        self.kill_workers()
        for other in others:
            other.join()
        world.sandbox.faults()
        stopped = time.monotonic()
        tool.wait_taken(asked.limit)
        tool.stop()
        if tool.refusals:
            raise AssertionError(f"the receiver refused {len(tool.refusals)} requests: {tool.refusals[:3]}")
        ended = "select count(*) from reclaim.job_done"
        try:
            wait_until(lambda: world.db.value(ended) == asked.approvals, "every approval ends",
                       asked.limit - (time.monotonic() - stopped))
        except AssertionError:
            for job in world.db.rows("select * from reclaim.jobs where finished_at is null order by job_id limit 10"):
                print("not ended:", json.dumps(job), [row["event"] for row in world.db.rows(
                    "select event from reclaim.job_timeline where job_id = %s order by event_seq", job["job_id"])])
            raise
        took = time.monotonic() - stopped
        for worker in self.workers:
            worker.terminate()
        return took

    def flag_seats(self):
        rivals = round(self.asked.approvals * self.asked.rivals)
        count = self.asked.approvals - rivals
        self.world.sandbox.control("POST", "/okta/assign", {"app": "figma", "prefix": "u", "from": 1, "count": count})
        self.world.db.rows("select reclaim.flag_seat('figma', 'u' || n, 'u' || n) from generate_series(1, %s) as n", count)
        return [f"u{number}" for number in range(1, count + 1)]

    def open_fire(self):
        lost, pauses = self.asked.lost_answers, self.asked.pauses
        # Slow enough that a kill always meets work in flight.
        rules = [{"on": "*", "kind": "latency", "ms": 50, "jitter_ms": 150},
                 {"on": "okta.*", "kind": "apply_then_reset", "probability": lost},
                 {"on": "okta.*", "kind": "rate_limit", "seconds": 1, "probability": pauses}]
        for vendor in ("linear", "requester"):
            rules += [{"on": f"{vendor}.*", "kind": "apply_then_reset", "probability": lost / 2},
                      {"on": f"{vendor}.*", "kind": "rate_limit", "seconds": 1, "probability": pauses}]
        self.world.sandbox.faults(*rules, seed=self.asked.seed)

    def plan(self, tool, seats):
        rivals = self.dice.sample(seats, self.asked.approvals - len(seats))
        for seat in seats + rivals:
            tool.plan(approval("figma", seat, 1, None), self.dice.uniform(0, self.asked.fire * 0.95))

    def change_flags(self, seats):
        """Seats cleared and flagged again at any moment: before, during and after their removal."""
        chosen = self.dice.sample(seats, round(len(seats) * self.asked.reflagged))
        pause = self.asked.fire * 0.8 / max(len(chosen), 1)
        database = type(self.world.db)(self.world.db.url)  # a session of this thread's own
        for seat in chosen:
            time.sleep(pause)
            database.row("select reclaim.unflag_seat('figma', %s, 'campaign')", seat)
            database.row("select reclaim.flag_seat('figma', %s, %s)", seat, seat)
        database.close()

    def kill_workers(self):
        end = time.monotonic() + self.asked.fire
        turn = 0
        while time.monotonic() + self.asked.kill_every < end:
            time.sleep(self.asked.kill_every)
            victim = self.workers[turn]
            victim.kill9()
            self.judge.fault("kill_worker", victim.name)
            self.kills += 1
            self.workers[turn] = self.start_worker()
            turn = (turn + 1) % len(self.workers)

    def freeze_workers(self):
        """A worker more, which is never killed but sleeps past its leases with its calls out, and wakes believing they are its own."""
        if self.asked.freezes == 0:
            return
        zombie = self.start_worker()
        pause = max(self.asked.fire / self.asked.freezes - FROZEN_S, 0)
        for _ in range(self.asked.freezes):
            time.sleep(pause)
            zombie.freeze()
            self.judge.fault("freeze_worker", zombie.name)
            time.sleep(FROZEN_S)
            zombie.thaw()
        self.zombies_lost = self.world.metric(zombie, "reclaim_worker_leases_lost_total")
        self.workers.append(zombie)

    def start_worker(self):
        worker = self.world.start_worker(f"worker-{len(self.ever_started) + 1}")
        self.ever_started.append(worker)
        return worker

    def troubles(self):
        """Log lines that no fault of this campaign explains."""
        return [line for program in (self.world.receiver, *self.ever_started) for event in UNEXPECTED for line in program.logged(event)]

    def keep(self, folder):
        self.judge.keep(folder)
        for program in (self.world.receiver, *self.ever_started):
            (folder / f"{program.name}.log").write_text("\n".join(program.lines) + "\n")

    def fired(self):
        counts = {}
        for call in self.world.sandbox.calls():
            if call["fault"]:
                counts[call["fault"]] = counts.get(call["fault"], 0) + 1
        return counts


def run(asked):
    """True when everything ended in time and the checker found nothing wrong."""
    print(f"campaign: {asked.approvals} approvals, seed {asked.seed}", flush=True)
    with World(worker=WORKER) as world:
        campaign = Campaign(world, asked)
        try:
            took = campaign.run()
            outcomes = {row["outcome"]: row["n"] for row in
                        world.db.rows("select outcome, count(*) as n from reclaim.job_done group by 1 order by 1")}
            again = world.db.value("select count(*) from reclaim.audit where event_type = 'revoke_attempted' and fence > 1")
            print(f"campaign: {campaign.kills} kills, {campaign.zombies_lost:.0f} jobs lost by a sleeper, {again} attempts taken up again, faults {campaign.fired()}, everything ended {took:.1f} s after they stopped: "
                  f"{outcomes}", flush=True)
            # A run in which the faults did not happen proves nothing.
            minimum = {"kill_worker": campaign.kills, "freeze_worker": asked.freezes, "apply_then_reset": asked.approvals // 10, "rate_limit": 5}
            troubles = campaign.troubles()
            for line in troubles:
                print("unexpected:", json.dumps(line), flush=True)
            return campaign.judge.verdict(minimum, attempts_max=ATTEMPTS_MAX) and not troubles
        finally:
            if asked.keep and campaign.judge:
                campaign.keep(asked.keep)


if __name__ == "__main__":
    sys.exit(0 if run(options()) else 1)
