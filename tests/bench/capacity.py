"""What one PostgreSQL carries, reckoned from what was measured; the part of docs/PERFORMANCE.md that must not go stale."""
from figures import Figures, number

USED = 0.7  # of its cores: the rest is for vacuum, checkpoints, backups and bad days
CORES = (2, 8, 32, 64)
DAY_S = 86_400


class Costs:
    """Of one job from its webhook to its confirmation; None where a cell is missing."""

    def __init__(self, rows):
        f = Figures(rows)
        ingest = {"connections": 256, "intake": "batched"}
        one = {name: f.median("jobs", name, vendor_latency_ms=100) for name in
               ("worker CPU ms", "Postgres CPU ms", "WAL bytes", "dead rows", "database bytes", "jobs/transaction")}
        taken = {name: f.median("ingest", name, **ingest) for name in
                 ("receiver CPU µs", "Postgres CPU µs", "WAL bytes", "approvals/commit")}
        self.known = None not in one.values() and None not in taken.values()
        if not self.known:
            return
        self.worker_ms = one["worker CPU ms"]
        self.receiver_ms = taken["receiver CPU µs"] / 1e3
        self.postgres_ms = one["Postgres CPU ms"] + taken["Postgres CPU µs"] / 1e3
        self.wal = one["WAL bytes"] + taken["WAL bytes"]
        self.dead, self.stored = one["dead rows"], one["database bytes"]
        self.commits = 1 / one["jobs/transaction"] + 1 / taken["approvals/commit"]
        self.commit_ms = f.median("limits", "p50 ms", what="a bare commit")

    def per_second(self, cores):
        return cores * USED * 1000 / self.postgres_ms


def markdown(rows):
    costs = Costs(rows)
    if not costs.known:
        return "Not reckoned: this run left out `ingest` or `jobs`."
    lines = [
        "One job, from its webhook to its confirmation (taken in at 256 connections, vendors at 100 ms), costs:", "",
        "| PostgreSQL CPU | worker CPU | receiver CPU | WAL | stored | dead rows | commits |", "|---|---|---|---|---|---|---|",
        f"| {number(costs.postgres_ms)} ms | {number(costs.worker_ms)} ms | {number(costs.receiver_ms)} ms | {number(costs.wal / 1e3)} kB "
        f"| {number(costs.stored / 1e3)} kB | {number(costs.dead)} | {number(costs.commits)} |", "",
        f"So at {USED:.0%} of its cores one PostgreSQL carries:", "",
        "| cores of PostgreSQL | jobs/s | jobs a day | WAL MB/s | stored GB a day | dead rows/s | cores of workers | of receivers "
        "| commits/s |", "|---|---|---|---|---|---|---|---|---|",
    ]
    for cores in CORES:
        rate = costs.per_second(cores)
        lines.append("| " + " | ".join([
            str(cores), number(rate), f"{rate * DAY_S / 1e6:,.0f} million", number(rate * costs.wal / 1e6),
            number(rate * costs.stored * DAY_S / 1e9), number(rate * costs.dead), number(rate * costs.worker_ms / 1e3), number(rate * costs.receiver_ms / 1e3),
            number(rate * costs.commits)]) + " |")
    million = 1e6 / DAY_S
    lines += ["", f"A million jobs a day are {number(million)} jobs/s on average: {number(million * costs.postgres_ms / 1e3)} cores of "
              f"PostgreSQL, {number(million * costs.worker_ms / 1e3)} of workers, {number(1e6 * costs.stored / 1e9)} GB stored a day. "
              f"To fill a disk that takes 200 MB of WAL a second, PostgreSQL would need "
              f"{number(200e6 / costs.wal * costs.postgres_ms / 1e3 / USED)} cores."]
    if costs.commit_ms:
        lines.append(f"Commits are shared, so they do not limit: one that stands alone took {number(costs.commit_ms)} ms here.")
    lines.append("Rows beyond this machine's own cores are multiplied, not measured: at some point locks and the one WAL take their share.")
    return "\n".join(lines)
