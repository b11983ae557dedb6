"""The cells of the benchmark: each measures one thing once and gives rows of figures. The runner repeats them."""
import dataclasses
import json
import pathlib
import random
import subprocess
import time

from harness import BIN, wait_until
from measure import Ledger, Stretch, Void, database_bytes, peak_rss_mb, percentile, written_bytes
from statement_log import StatementLog

LOAD = BIN / "tests" / "bench" / "reclaim-load"


@dataclasses.dataclass
class Bench:
    """What a cell is given."""
    cluster: object
    contestant: type  # called with (cluster, seats) it is a fresh stand of its own
    size: str         # quick, usual or full

    @property
    def quick(self):
        return self.size == "quick"

    @property
    def postmaster(self):
        return int((self.cluster.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def load_command(url, secret, *more):
    return [LOAD, "--url", url, "--secret-file", secret, "--json", *map(str, more)]


# A 503 is a fair answer of a receiver that has no time left, and is counted.
FAIR = frozenset({"202", "503"})


def load(url, secret, *more, limit_s, fair=FAIR):
    """reclaim-load to its end; its report. Statuses that are not fair void the cell."""
    try:
        done = subprocess.run(load_command(url, secret, *more), capture_output=True, text=True, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        raise Void(f"the load generator did not end in {limit_s} s") from None
    return judged(done.stdout, done.stderr, fair)


def judged(out, errors="", fair=FAIR):
    seen = json.loads(out or "{}")
    if not set(seen.get("statuses", [""])) <= fair:
        raise Void((out + errors).strip())
    return seen


def wait_finished(stand, count, limit_s):
    wait_until(lambda: stand.alive() or time.sleep(0.2) or stand.finished() == count, f"{count} jobs finish", limit_s)


def ingest(bench, connections, intake):
    """Signed approvals in, answered 202 after COMMIT."""
    with bench.contestant(bench.cluster, 0) as stand:
        url, secret = stand.start_receiver(intake)
        log = stand.folder / "sent.ndjson"
        warm, seconds = (1, 2) if bench.quick else (2, 5)
        load(url, secret, "--connections", connections, "--seconds", warm, "--log", log, limit_s=warm + 20)
        stand.settle()
        commits, approvals = stand.commits()
        written = written_bytes(stand.db)
        with Stretch(bench.postmaster, {"receiver": [stand.receiver.pid]}) as cost:
            seen = load(url, secret, "--connections", connections, "--seconds", seconds, "--log", log, limit_s=seconds + 20)
        written = written_bytes(stand.db) - written
        commits, approvals = (now - then for now, then in zip(stand.commits(), (commits, approvals)))
        rss = peak_rss_mb(stand.receiver.pid)
        stand.check_recorded(log)
        count = seen["requests"]
        yield {
            "intake": intake, "connections": connections, "accepted/s": seen["accepted_per_second"], "p50 ms": seen["p50_ms"],
            "p99 ms": seen["p99_ms"], "503 %": seen["statuses"].get("503", 0) / count * 100,
            "receiver CPU µs": cost.cpu["receiver"] / count * 1e6, "Postgres CPU µs": cost.cpu["postgres"] / count * 1e6,
            "approvals/commit": approvals / commits, "WAL bytes": written / count, "receiver peak RSS MB": rss,
            "load generator CPU µs": seen["own_cpu_us_per_request"], "others' CPUs": cost.others,
        }


def jobs(bench, latency_ms, count, workers=1):
    """Approvals that wait in the queue, through all five steps."""
    with bench.contestant(bench.cluster, count) as stand:
        in_flight = stand.in_flight(latency_ms)
        stored = database_bytes(stand.db)
        stand.enqueue(count)
        if latency_ms:
            stand.delay(latency_ms)
        stand.settle()
        ledger, written = Ledger(stand.db), written_bytes(stand.db)
        running = [stand.start_worker(in_flight) for _ in range(workers)]
        with Stretch(bench.postmaster, {"worker": [each.pid for each in running], "sandbox": [stand.sandbox.pid]}) as cost:
            wait_finished(stand, count, 60 + count / 50)
        written = written_bytes(stand.db) - written
        rss = max(peak_rss_mb(each.pid) for each in running)
        stand.stop_programs()
        wrote = ledger.since()
        stand.check_removed(count)
        stored = database_bytes(stand.db) - stored
        # From the first call to a vendor: how long a program takes to start is not what is compared.
        seconds = stand.finished_at() - stand.first_call_at()
        spent = {name: cost.cpu[name] / count * 1e3 for name in ("worker", "postgres", "sandbox")}
        yield {
            "vendor latency ms": latency_ms, "workers": workers, "jobs": count, "in flight/worker": in_flight, "jobs/s": count / seconds,
            "worker CPU ms": spent["worker"], "Postgres CPU ms": spent["postgres"],
            "worker+Postgres CPU ms": spent["worker"] + spent["postgres"], "sandbox CPU ms": spent["sandbox"],
            "busiest worker's core": cost.cpu["worker"] / workers / cost.seconds, "Postgres cores": cost.cpu["postgres"] / cost.seconds,
            "jobs/transaction": count / wrote["transactions"], "WAL bytes": written / count, "database bytes": stored / count,
            "dead rows": wrote["dead_made"] / count, "HOT share": wrote["hot_updates"] / max(1, wrote["updates"]), "worker peak RSS MB": rss, "others' CPUs": cost.others,
        }


def pickup(bench):
    """An approval to a system with nothing to do: from its 202 to the first call to a vendor."""
    samples = 50 if bench.quick else 200
    with bench.contestant(bench.cluster, samples) as stand:
        stand.be_alert()
        url, secret = stand.start_receiver(stand.intakes[-1])
        worker = stand.start_worker(100)
        worker.wait_line("worker_started")
        stand.settle()
        log = stand.folder / "sent.ndjson"
        with Stretch(bench.postmaster, {"receiver": [stand.receiver.pid], "worker": [worker.pid], "sandbox": [stand.sandbox.pid]}) as cost:
            # No divisor of a worker's poll, so that the samples fall everywhere between two polls.
            load(url, secret, "--requests", samples, "--pause-ms", random.randint(61, 79), "--log", log, limit_s=60)
        wait_finished(stand, samples, 20)
        stand.check_removed(samples)
        sent = [json.loads(line) for line in pathlib.Path(log).read_text().splitlines()]
        called = stand.first_vendor_calls()
        answered = [(called[line["req_no"]] - line["answered_at_us"]) / 1e3 for line in sent]
        whole = [(called[line["req_no"]] - line["sent_at_us"]) / 1e3 for line in sent]
        yield {
            "samples": samples, "202→call p50 ms": percentile(answered, 0.50), "202→call p95 ms": percentile(answered, 0.95),
            "202→call p99 ms": percentile(answered, 0.99), "202→call max ms": max(answered),
            "sent→call p50 ms": percentile(whole, 0.50), "sent→call p99 ms": percentile(whole, 0.99), "others' CPUs": cost.others,
        }


def idle(bench):
    """Workers with nothing to do."""
    count, seconds = 10, 5 if bench.quick else 10
    with bench.contestant(bench.cluster, 0) as stand:
        stand.be_alert()
        statements = StatementLog(bench.cluster, stand.db)
        workers = [stand.start_worker(100) for _ in range(count)]
        for worker in workers:
            worker.wait_line("worker_started", 60)
        stand.settle()
        time.sleep(2)  # past start-up
        statements.listen()
        with Stretch(bench.postmaster, {"worker": [worker.pid for worker in workers]}) as cost:
            time.sleep(seconds)
        share = {name: cost.cpu[name] / cost.seconds * 100 for name in ("worker", "postgres")}
        yield {
            "workers": count, "statements/s": len(list(statements.statements())) / cost.seconds,
            "workers CPU %": share["worker"], "Postgres CPU %": share["postgres"], "CPU %": sum(share.values()),
            "RSS MB": sum(peak_rss_mb(worker.pid) for worker in workers) / count, "others' CPUs": cost.others,
        }
