"""The figures to reach, each beside what the same run measured."""
from figures import OURS, Figures, number, ratio, spread


class Targets:
    def __init__(self, rows):
        self._f = Figures(rows)
        self.lines = []  # (figure, target, ours, beside it, ratio, met)

    def compute(self):
        self._ingest()
        self._jobs()
        self._workers()
        self._alone()
        self._full_house()
        self._memory()
        return self.lines

    def _add(self, figure, target, ours, beside, value, met):
        self.lines.append((figure, target, ours, beside, "" if value is None else f"{value:.3g}", met))

    def _against_peer(self, figure, cell, column, least=None, most=None, **at):
        ours = self._f.values(cell, column, **at)
        peer, theirs = self._f.best_peer(cell, column, **at)
        if ours is None or theirs is None:
            return
        value = ratio(self._f.median(cell, column, **at), theirs)
        target = f"≥ {least} × the best peer" if least else f"≤ {most:g} × the best peer"
        self._add(figure, target, spread(ours), f"{peer}: {number(theirs)}", value, value >= least if least else value <= most)

    def _at_most(self, figure, most, unit, values):
        if values is not None:
            middle = sorted(values)[len(values) // 2]
            self._add(figure, f"< {most} {unit}".strip(), spread(values), "", None, middle < most)

    def _ingest(self):
        for connections in (64, 256):
            at = {"connections": connections, "intake": "batched"}
            self._against_peer(f"approvals/s at {connections} connections", "ingest", "accepted/s", least=2, **at)
            self._against_peer(f"p99 ms at {connections} connections", "ingest", "p99 ms", most=0.5, **at)
            ours, batch = self._f.median("ingest", "accepted/s", **at), self._f.median("ingest", "approvals/commit", **at)
            limit = self._nearest_limit(batch)
            if ours and limit:
                self._add(f"approvals/s at {connections} connections", "≥ 0.8 × pgbench, the same rows in batches of that size",
                          number(ours), f"pgbench, batches of {limit[0]}: {number(limit[1])}", ours / limit[1], ours >= 0.8 * limit[1])
        one, bare = self._f.values("ingest", "p50 ms", connections=1), self._f.median("limits", "p50 ms", what="a bare commit")
        if one and bare:
            value = self._f.median("ingest", "p50 ms", connections=1) / bare
            self._add("p50 ms at 1 connection", "≤ 1.3 × one bare durable commit", spread(one), f"pgbench: {number(bare)}", value,
                      value <= 1.3)

    def _nearest_limit(self, batch):
        sizes = [entry["approvals/commit"] for entry in self._f.summary()
                 if entry["cell"] == "limits" and entry["what"] == "the four rows alone" and entry["approvals/commit"] > 1]
        if batch is None or not sizes:
            return None
        size = min(sizes, key=lambda one: abs(one - batch))
        for entry in self._f.summary():
            if (entry["cell"], entry.get("what"), entry["figure"], entry.get("approvals/commit")) == \
                    ("limits", "the four rows alone", "approvals/s", size):
                return size, entry["by"][OURS]["median"]
        return None

    def _jobs(self):
        self._against_peer("jobs/s, vendors at 0 ms", "jobs", "jobs/s", least=4, vendor_latency_ms=0)
        self._against_peer("jobs/s, vendors at 100 ms", "jobs", "jobs/s", least=2, vendor_latency_ms=100)
        at = {"vendor_latency_ms": 100}
        rate, held = self._f.median("jobs", "jobs/s", **at), self._f.median("jobs", "in flight/worker", **at)
        if rate:
            ceiling = held / 0.5  # five calls of 100 ms, one after the other
            core = self._f.median("jobs", "busiest worker's core", **at)
            self._add("jobs/s, vendors at 100 ms", "≥ 0.9 × in flight / latency, until a core is full", number(rate),
                      f"in flight / latency: {number(ceiling)}; the worker had {core:.2f} of a core", rate / ceiling,
                      rate >= 0.9 * ceiling or core > 0.95)
        for latency in (0, 100):
            self._against_peer(f"CPU ms per job, worker and PostgreSQL, vendors at {latency} ms", "jobs", "worker+Postgres CPU ms",
                               most=0.25, vendor_latency_ms=latency)

    def _workers(self):
        one = self._f.median("workers", "jobs/s", workers=1)
        for count in (2, 4, 8):
            many = self._f.median("workers", "jobs/s", workers=count)
            if one and many:
                cores = [self._f.median("workers", name, workers=count) for name in ("busiest worker's core", "Postgres cores")]
                self._add(f"jobs/s of {count} workers, vendors at 100 ms", f"{count} × one worker, until the machine is full", number(many),
                          f"one: {number(one)}; cores: {cores[0] * count:.2f} workers, {cores[1]:.2f} PostgreSQL", many / one, None)

    def _alone(self):
        self._at_most("pickup: 202 to first call, p50", 3, "ms", self._f.values("pickup", "202→call p50 ms"))
        self._at_most("pickup: 202 to first call, p95", 10, "ms", self._f.values("pickup", "202→call p95 ms"))
        self._at_most("ten idle workers: CPU", 1, "% of a core", self._f.values("idle", "CPU %"))
        self._at_most("ten idle workers: statements/s", 20, "", self._f.values("idle", "statements/s"))

    def _full_house(self):
        for column, sign in (("claim p99 ms", 1), ("jobs/s", -1)):
            healthy = self._f.median("waiting", column, besides="nothing")
            for entry in self._f.summary():
                if entry["cell"] != "waiting" or entry["figure"] != column or entry["besides"] == "nothing" or not healthy:
                    continue
                most = 1.2 if "finished" in entry["besides"] else 2
                self._against_healthy(f"{column} with {entry['besides']}", most, sign, entry["by"][OURS]["median"], healthy)
            before, during = (self._f.median("snapshot", column, snapshot=when) for when in ("before", "held, at its end"))
            if before and during:
                self._against_healthy(f"{column} with a snapshot held", 2, sign, during, before)
        backlog = self._f.values("snapshot", "due for over 1 s", snapshot="held, at its end")
        if backlog is not None:
            self._add("backlog with a snapshot held", "0", spread(backlog), "", None, max(backlog) == 0)

    def _against_healthy(self, figure, most, sign, ours, healthy):
        value = ours / healthy if sign > 0 else healthy / ours
        self._add(figure, f"within {most} × of healthy", number(ours), f"healthy: {number(healthy)}", value, value <= most)

    def _memory(self):
        self._at_most("receiver with 10,000 slow clients: RSS", 40, "MB", self._f.values("crowd", "receiver peak RSS MB"))
        self._at_most("worker with 2,000 jobs in flight: RSS", 80, "MB", self._f.values("in-flight", "worker peak RSS MB"))
