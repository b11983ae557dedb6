"""The cells of the benchmark: each measures one thing once and gives rows of figures. The runner repeats them."""
import dataclasses
import json
import pathlib
import random
import subprocess
import time

from harness import BIN, wait_until
from measure import Ledger, Stretch, Void, peak_rss_mb, written_bytes

LOAD = BIN / "tests" / "bench" / "reclaim-load"


@dataclasses.dataclass
class Bench:
    """What a cell is given."""
    cluster: object
    contestant: type  # called with (cluster, seats) it is a fresh stand of its own
    quick: bool

    @property
    def postmaster(self):
        return int((self.cluster.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def _percentile(values, share):
    ordered = sorted(values)
    return ordered[int(share * (len(ordered) - 1))]


def _load(url, secret, *more):
    """reclaim-load to its end; its report. A 503 is a fair answer of a receiver that has no time left, and is counted; anything
    else but 202 voids the cell."""
    done = subprocess.run([LOAD, "--url", url, "--secret-file", secret, "--json", *map(str, more)], capture_output=True, text=True,
                          check=False)
    seen = json.loads(done.stdout or "{}")
    if not set(seen.get("statuses", [""])) <= {"202", "503"}:
        raise Void((done.stdout + done.stderr).strip())
    return seen


def ingest(bench, connections):
    """Signed approvals in, answered 202 after COMMIT."""
    with bench.contestant(bench.cluster, 0) as stand:
        url, secret = stand.start_receiver()
        log = stand.folder / "sent.ndjson"
        _load(url, secret, "--connections", connections, "--seconds", 1, "--log", log)
        stand.settle()
        commits, approvals = stand.commits()
        written = written_bytes(stand.db)
        with Stretch(bench.postmaster, {"receiver": [stand.receiver.pid]}) as cost:
            seen = _load(url, secret, "--connections", connections, "--seconds", 2 if bench.quick else 6, "--log", log)
        written = written_bytes(stand.db) - written
        commits, approvals = (now - then for now, then in zip(stand.commits(), (commits, approvals)))
        rss = peak_rss_mb(stand.receiver.pid)
        stand.check_recorded(log)
        count = seen["requests"]
        yield {
            "connections": connections, "accepted/s": seen["accepted_per_second"], "p50 ms": seen["p50_ms"], "p99 ms": seen["p99_ms"],
            "503 %": seen["statuses"].get("503", 0) / count * 100,
            "receiver CPU µs": cost.cpu["receiver"] / count * 1e6, "Postgres CPU µs": cost.cpu["postgres"] / count * 1e6,
            "approvals/commit": approvals / commits, "WAL bytes": written / count, "receiver peak RSS MB": rss,
            "load generator CPU µs": seen["own_cpu_us_per_request"], "others' CPUs": cost.others,
        }


def jobs(bench, latency_ms, count):
    """Approvals that wait in the queue, through all five steps, by one worker."""
    with bench.contestant(bench.cluster, count) as stand:
        stand.enqueue(count)
        if latency_ms:
            stand.sandbox.faults(*({"on": on, "kind": "latency", "ms": latency_ms} for on in ("okta.*", "linear.*", "requester.*")))
        stand.settle()
        ledger, written, started = Ledger(stand.db), written_bytes(stand.db), time.time()
        worker = stand.start_worker()
        with Stretch(bench.postmaster, {"worker": [worker.pid], "sandbox": [stand.sandbox.pid]}) as cost:
            wait_until(lambda: time.sleep(0.2) or stand.finished() == count, f"{count} jobs finish", 60 + count / 50)
        seconds = stand.finished_at() - started
        written = written_bytes(stand.db) - written
        rss = peak_rss_mb(worker.pid)
        stand.stop_programs()
        wrote = ledger.since()
        stand.check_removed(count)
        yield {
            "vendor latency ms": latency_ms, "jobs": count, "jobs/s": count / seconds,
            "worker CPU ms": cost.cpu["worker"] / count * 1e3, "Postgres CPU ms": cost.cpu["postgres"] / count * 1e3,
            "sandbox CPU ms": cost.cpu["sandbox"] / count * 1e3, "jobs/transaction": count / wrote["transactions"],
            "WAL bytes": written / count, "dead rows": wrote["dead_made"] / count, "HOT share": wrote["hot_updates"] / wrote["updates"],
            "worker peak RSS MB": rss, "others' CPUs": cost.others,
        }


def pickup(bench):
    """An approval to a system with nothing to do: from its 202 to the first call to a vendor."""
    samples = 50 if bench.quick else 300
    with bench.contestant(bench.cluster, samples) as stand:
        url, secret = stand.start_receiver()
        worker = stand.start_worker()
        worker.wait_line("worker_started")
        stand.settle()
        log = stand.folder / "sent.ndjson"
        with Stretch(bench.postmaster, {"receiver": [stand.receiver.pid], "worker": [worker.pid], "sandbox": [stand.sandbox.pid]}) as cost:
            # No divisor of the worker's poll, so that the samples fall everywhere between two polls.
            _load(url, secret, "--requests", samples, "--pause-ms", random.randint(61, 79), "--log", log)
        wait_until(lambda: stand.finished() == samples, "the last job finishes", 10)
        stand.check_removed(samples)
        sent = [json.loads(line) for line in pathlib.Path(log).read_text().splitlines()]
        called = stand.first_vendor_calls()
        answered = [(called[line["req_no"]] - line["answered_at_us"]) / 1e3 for line in sent]
        whole = [(called[line["req_no"]] - line["sent_at_us"]) / 1e3 for line in sent]
        yield {
            "samples": samples, "202→call p50 ms": _percentile(answered, 0.50), "202→call p95 ms": _percentile(answered, 0.95),
            "202→call p99 ms": _percentile(answered, 0.99), "202→call max ms": max(answered),
            "sent→call p50 ms": _percentile(whole, 0.50), "sent→call p99 ms": _percentile(whole, 0.99), "others' CPUs": cost.others,
        }


def idle(bench):
    """Workers with nothing to do."""
    count, seconds = 10, 5 if bench.quick else 20
    with bench.contestant(bench.cluster, 0) as stand:
        workers = [stand.start_worker() for _ in range(count)]
        for worker in workers:
            worker.wait_line("worker_started")
        stand.settle()
        time.sleep(2)  # past start-up, and past the second after which sessions report their counters
        ledger = Ledger(stand.db)
        with Stretch(bench.postmaster, {"worker": [worker.pid for worker in workers]}) as cost:
            time.sleep(seconds)
        wrote = ledger.since()
        yield {
            "workers": count, "transactions/s per worker": wrote["transactions"] / cost.seconds / count,
            "CPU ‰ per worker": cost.cpu["worker"] / cost.seconds / count * 1e3,
            "Postgres CPU ‰ per worker": cost.cpu["postgres"] / cost.seconds / count * 1e3,
            "RSS MB": sum(peak_rss_mb(worker.pid) for worker in workers) / count, "others' CPUs": cost.others,
        }
