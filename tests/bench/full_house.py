"""Claims when the house is full: a million jobs beside the ones to do, and a snapshot that keeps dead rows from being cleaned up.

A claim is measured as PostgreSQL saw it (statement_log.py): the worker's own statements, in its own batches, at its own pace.
"""
import contextlib
import subprocess
import time

from cells import judged, load_command, wait_finished
from harness import wait_until
from measure import Stretch, Void, percentile
from statement_log import StatementLog

SHAPES = ("nothing", "waiting, due", "waiting, not due", "finished")
SAMPLE = 1000  # real jobs, to be multiplied


def waiting(bench, what):
    """One worker empties a queue beside which many other jobs are waiting or finished; three stretches of it."""
    many, front, stretch_s = (100_000, 20_000, 2) if bench.quick else (1_000_000, 100_000, 8)
    with bench.contestant(bench.cluster, front + SAMPLE) as stand:
        if what != "nothing":
            _crowd(stand, what, front, many)
        stand.enqueue(front)
        if what == "waiting, due":
            stand.shift_due("-1 hour", newest=front)  # in front of the crowd, which is never reached
        statements = StatementLog(bench.cluster, stand.db)
        stand.settle()
        worker = stand.start_worker(stand.in_flight(0))
        begun = stand.confirmed()
        wait_until(lambda: stand.alive() or stand.confirmed() > begun, "the first job finishes", 30)
        for _ in range(3):
            statements.listen()
            done, started = stand.confirmed(), time.monotonic()
            with Stretch(bench.postmaster, {"worker": [worker.pid]}) as cost:
                time.sleep(stretch_s)
            done, seconds = stand.confirmed() - done, time.monotonic() - started
            if stand.confirmed() - begun > front - 1000:
                raise Void("the jobs in front were used up")
            claims = _claims(statements, stand)
            yield {
                "besides": what if what == "nothing" else f"{many:,} {what}", "jobs/s": done / seconds,
                "claim p50 ms": percentile(claims, 0.50), "claim p99 ms": percentile(claims, 0.99), "claims/s": len(claims) / seconds,
                "worker CPU ms": cost.cpu["worker"] / done * 1e3, "Postgres CPU ms": cost.cpu["postgres"] / done * 1e3,
                "others' CPUs": cost.others,
            }


def _crowd(stand, what, front, many):
    """A thousand real jobs, finished by the worker where that is asked for, then every row of them copied with other ids."""
    stand.enqueue(SAMPLE, first=front + 1)
    if what == "finished":
        stand.start_worker(stand.in_flight(0))
        wait_finished(stand, SAMPLE, 60)
        stand.stop_programs()
    stand.multiply(many // SAMPLE - 1)
    if what == "waiting, not due":
        stand.shift_due("1 day", newest=many)
    there = stand.count_jobs()
    if there != {"waiting": 0 if what == "finished" else many, "finished": many if what == "finished" else 0}:
        raise Void(f"the crowd is {there}, not {many:,} {what}")


def _claims(statements, stand):
    claims = statements.times_of(stand.claim_pattern)
    if not claims:
        raise Void("no claim was seen in PostgreSQL's log")
    return claims


@contextlib.contextmanager
def held_snapshot(db):
    """A session that has looked once and does not let go, as a forgotten psql or a long report."""
    holder = subprocess.Popen(["psql", "-Xq", db.url], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        holder.stdin.write("set application_name = 'holder';\nbegin isolation level repeatable read;\nselect count(*) from pg_class;\n")
        holder.stdin.flush()
        wait_until(lambda: db.value("""select count(*) from pg_stat_activity where application_name = 'holder'
            and state = 'idle in transaction' and backend_xmin is not null"""), "the snapshot is held")
        yield
    finally:
        holder.kill()
        holder.communicate()


def snapshot(bench):
    """Approvals arrive at a steady rate and are done, while the oldest snapshot grows old."""
    before_s, held_s, after_s = {"quick": (6, 15, 3), "usual": (20, 120, 20), "full": (60, 600, 60)}[bench.size]
    rate = bench.contestant.steady_rate // (4 if bench.quick else 1)
    seconds = before_s + held_s + after_s + 5
    with bench.contestant(bench.cluster, rate * (seconds + 2)) as stand:
        statements = StatementLog(bench.cluster, stand.db)
        url, secret = stand.start_receiver(stand.intakes[-1])
        stand.start_worker(stand.in_flight(0)).wait_line("worker_started", 30)
        stand.settle()
        report = stand.folder / "load.json"
        with open(report, "w", encoding="utf-8") as out:
            sender = subprocess.Popen(load_command(url, secret, "--rate", rate, "--connections", 64, "--seconds", seconds), stdout=out)
        stand.callback(sender.kill)
        line = TimeLine(stand, statements, max(1, (seconds - 5) // 40))
        line.follow(5)  # warm
        rows = line.stretches("before", before_s)
        with held_snapshot(stand.db):
            held_from = line.points[-1][0]
            line.follow(held_s - held_s // 3)
            rows += line.stretches("held, at its end", held_s // 3)
            held_until = line.points[-1][0]
        rows += line.stretches("after", after_s)
        sender.wait(60)
        seen = judged(report.read_text(encoding="utf-8"))
        wait_finished(stand, seen["statuses"]["202"], 60 + held_s)
        stand.stop_programs()
        stand.check_removed(seen["statuses"]["202"])
        for row in rows:
            yield row | {"arrivals/s": rate, "held for s": held_s, "202 p99 ms": seen["p99_ms"],
                         "time line": line.points, "held": [held_from, held_until]}


class TimeLine:
    """Jobs finished a second, point by point, and a summary of the stretches that matter."""

    def __init__(self, stand, statements, step_s):
        self._stand, self._statements, self._step_s = stand, statements, step_s
        self._began = self._at = time.monotonic()
        self._done = stand.confirmed()
        self.points = []  # [seconds, jobs/s]

    def follow(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0.01:
            time.sleep(min(self._step_s, left))
            self._stand.alive()
            now, done = time.monotonic(), self._stand.confirmed()
            self.points.append([round(now - self._began, 1), round((done - self._done) / (now - self._at), 1)])
            self._at, self._done = now, done

    def stretches(self, name, seconds):
        """Three of equal length."""
        return [self._stretch(name, seconds / 3) for _ in range(3)]

    def _stretch(self, name, seconds):
        self._statements.listen()
        done, started = self._done, self._at
        self.follow(seconds)
        claims = _claims(self._statements, self._stand)
        return {"snapshot": name, "jobs/s": (self._done - done) / (self._at - started), "claim p50 ms": percentile(claims, 0.50),
                "claim p99 ms": percentile(claims, 0.99), "claims/s": len(claims) / seconds,
                "due for over 1 s": self._stand.overdue()}
