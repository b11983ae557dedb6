"""Which cells there are, with what arguments, in what order, for whom, and how long each may take."""
import cells
import crowd
import full_house
import limits
from peers import Graphile, PgBoss
from reclaim import Reclaim

EVERYBODY = [Reclaim, Graphile, PgBoss]

# cell: (function, seconds it may take)
CELLS = {
    "ingest": (cells.ingest, 60), "limits": (limits.limits, 60), "jobs": (cells.jobs, 240), "workers": (cells.jobs, 240),
    "pickup": (cells.pickup, 120), "idle": (cells.idle, 120), "waiting": (full_house.waiting, 900),
    "snapshot": (full_house.snapshot, 1800), "crowd": (crowd.crowd, 120), "in-flight": (crowd.in_flight, 120),
}


def plan(size, run, batches):
    """(cell, contestant, arguments) of one run. Contestants take turns within a cell, so that a noisy minute falls on all of them.
    batches: approvals a commit our receiver was seen to make; the limits are asked for those."""
    quick = size == "quick"
    for connections in (1, 16, 64, 256):
        for contestant in EVERYBODY:
            for intake in contestant.intakes[-1:] if quick else contestant.intakes:
                yield "ingest", contestant, (connections, intake)
    yield "limits", Reclaim, ("a bare commit", 1, 1)
    for what in ("the four rows alone", "accept_webhooks()"):
        for clients in (1, 16):
            yield "limits", Reclaim, (what, 1, clients)
        for batch in sorted(batches or {32}):
            yield "limits", Reclaim, (what, batch, 2)
    for latency_ms, count in ((0, 20000), (100, 10000)):
        for contestant in EVERYBODY:
            yield "jobs", contestant, (latency_ms, int(count * contestant.share / (10 if quick else 1)))
    for workers in (1, 2, 4, 8):
        yield "workers", Reclaim, (100, 1000 if quick else min(20000, 5000 + 5000 * workers), workers)
    for contestant in EVERYBODY:
        yield "pickup", contestant, ()
    for contestant in EVERYBODY:
        yield "idle", contestant, ()
    # Setting up a million jobs takes minutes, and so does holding a snapshot: once in a benchmark, three stretches of each.
    for what in full_house.SHAPES if run == 1 else ():
        yield "waiting", Reclaim, (what,)
    for contestant in (Reclaim, Graphile) if run == 1 else ():
        yield "snapshot", contestant, ()
    yield "crowd", Reclaim, ()
    yield "in-flight", Reclaim, (2000,)
