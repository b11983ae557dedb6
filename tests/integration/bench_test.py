#!/usr/bin/env python3
"""The benchmark's harness, without a benchmark: that its load generator counts rightly and its arithmetic is right, so that figures can be
believed."""
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / folder) for folder in ("support", "bench")]
import capacity
import measure
import plots
import report
from database import Cluster
from figures import Figures
from harness import BIN, expect, main, test
from statement_log import StatementLog
from targets import Targets
from webhook import SECRET

LOAD = BIN / "tests" / "bench" / "reclaim-load"


def start_load(port, *more):
    with tempfile.NamedTemporaryFile("w", suffix=".secret", delete=False) as secret:
        secret.write(SECRET)
    process = subprocess.Popen([LOAD, "--url", f"http://127.0.0.1:{port}/v1/webhooks/itsm", "--secret-file", secret.name, "--json",
                                *map(str, more)], stdout=subprocess.PIPE, text=True)
    process.secret = pathlib.Path(secret.name)
    return process


def end_of(process):
    try:
        out, _ = process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError("the load generator did not end") from None
    finally:
        process.secret.unlink()
    return json.loads(out)


@test
def requests_to_a_closed_port_are_counted_as_unanswered_and_none_as_accepted():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    seen = end_of(start_load(port, "--requests", 20, "--connections", 4))
    expect("statuses", seen["statuses"], {"0": 20})
    expect("accepted/s", seen["accepted_per_second"], 0)


@test
def a_rate_is_kept_over_all_connections_together():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    seen = end_of(start_load(port, "--rate", 200, "--requests", 101, "--connections", 4))
    # The hundred-and-first is due after half a second; how late it comes is the machine's affair.
    expect("not faster than asked", seen["seconds"] >= 0.49, True)


def row(cell, contestant="reclaim", run=1, **figures):
    return {"cell": cell, "contestant": contestant, "run": run, "arguments": [],
            "figures": {name.replace("__", "/").replace("_", " "): value for name, value in figures.items()}}


JOBS = {"vendor_latency_ms": 100, "worker_CPU_ms": 0.2, "Postgres_CPU_ms": 0.3, "WAL_bytes": 8000, "dead_rows": 12, "database_bytes": 5000,
        "jobs__transaction": 20, "in_flight__worker": 500, "busiest_worker's_core": 0.4}
ROWS = [
    *(row("jobs", run=run, jobs__s=rate, **{"worker+Postgres CPU ms": 0.5}, **JOBS) for run, rate in ((1, 900), (2, 1000), (3, 800))),
    *(row("jobs", "graphile-worker", run, jobs__s=rate, **{"worker+Postgres CPU ms": 2.0}, **JOBS)
      for run, rate in ((1, 300), (2, 500), (3, 400))),
    row("jobs", "pg-boss", jobs__s=350, **{"worker+Postgres CPU ms": 2.5}, **JOBS),
    *(row("ingest", connections=each, intake="batched", accepted__s=each * 100, p99_ms=8.0, p50_ms=2.0, approvals__commit=20,
          WAL_bytes=2000, **{"receiver CPU µs": 40, "Postgres CPU µs": 80}) for each in (1, 16, 64, 256)),
    row("limits", what="a bare commit", approvals__commit=1, clients=1, p50_ms=1.0, approvals__s=900),
    row("limits", what="the four rows alone", approvals__commit=19, clients=2, p50_ms=1.0, approvals__s=8000),
    *(row("snapshot", who, snapshot="before", arrivals__s=1000, time_line=[[1, 900.0], [2, 1000.0], [3, 950.0]], held=[1, 2])
      for who in ("reclaim", "graphile-worker")),
    {"cell": "ingest", "contestant": "pg-boss", "run": 1, "arguments": [64, "batched"], "void": "it did not end in 60 s"},
]


@test
def ours_is_set_beside_the_best_peer_by_medians_in_the_figures_own_direction():
    figures = Figures(ROWS)
    expect("our median", figures.median("jobs", "jobs/s", vendor_latency_ms=100), 900)
    expect("more is better", figures.best_peer("jobs", "jobs/s", vendor_latency_ms=100), ("graphile-worker", 400))
    expect("less is better", figures.best_peer("jobs", "worker+Postgres CPU ms", vendor_latency_ms=100), ("graphile-worker", 2.0))
    entry = next(one for one in figures.summary() if one["cell"] == "jobs" and one["figure"] == "jobs/s")
    expect("the ratio in the JSON", (entry["peer"], entry["ratio"]), ("graphile-worker", 2.25))
    expect("the range", entry["by"]["reclaim"], {"median": 900, "min": 800, "max": 1000, "runs": 3})


@test
def every_target_is_judged_by_the_same_run_and_a_missed_one_says_no():
    seen = {line[0] + " | " + line[1]: line[4:] for line in Targets(ROWS).compute()}
    expect("jobs", seen["jobs/s, vendors at 100 ms | ≥ 2 × the best peer"], ("2.25", True))
    expect("ceiling", seen["jobs/s, vendors at 100 ms | ≥ 0.9 × in flight / latency, until a core is full"], ("0.9", True))
    expect("CPU", seen["CPU ms per job, worker and PostgreSQL, vendors at 100 ms | ≤ 0.25 × the best peer"], ("0.25", True))
    limit = " connections | ≥ 0.8 × pgbench, the same rows in batches of that size"
    expect("at 64 connections", seen["approvals/s at 64" + limit], ("0.8", True))
    expect("one connection", seen["p50 ms at 1 connection | ≤ 1.3 × one bare durable commit"], ("2", False))


@test
def a_report_names_void_cells_with_their_reason_and_reckons_the_capacity():
    text = report.markdown({"at": "now", "commit": "none", "size": "quick", "machine": {"CPUs": 2}, "rows": ROWS})
    expect("the void cell", "Void: pg-boss [64, 'batched']: it did not end in 60 s" in text, True)
    expect("the spread", "900 (800–1,000)" in text, True)
    # 0.3 ms + 80 µs of PostgreSQL a job: 8 cores at 70 %.
    expect("capacity of 8 cores", f"| 8 | {8 * 0.7 / 0.00038:,.0f} |" in capacity.markdown(ROWS), True)
    expect("without the cells", capacity.markdown([]), "Not reckoned: this run left out `ingest` or `jobs`.")


@test
def the_pictures_are_well_formed_and_what_was_not_measured_is_not_drawn():
    for name, drawing in plots.drawings(ROWS).items():
        expect(name, xml.etree.ElementTree.fromstring(drawing).tag, "{http://www.w3.org/2000/svg}svg")
    expect("all of them", len(plots.drawings(ROWS)), 4)
    expect("none", plots.drawings([]), {})


@test
def the_document_has_places_for_what_the_benchmark_writes():
    text = report.DOCUMENT.read_text(encoding="utf-8")
    for block in ("figures", "capacity"):
        expect(block, (text.count(report.BEGIN.format(block)), text.count(report.END.format(block))), (1, 1))


@test
def a_cell_that_hangs_is_void_and_its_reason_says_so():
    try:
        with measure.deadline(1):
            time.sleep(60)
    except measure.Void as why:
        expect("why", str(why), "it did not end in 1 s")
    else:
        raise AssertionError("nothing ended it")


@test
def the_servers_log_gives_the_time_of_each_statement_of_one_database():
    cluster = Cluster.private()
    try:
        cluster.admin.run("create database other;\ncreate database measured")
        measured, other = (type(cluster.admin)(cluster.url_of(name)) for name in ("measured", "other"))
        log = StatementLog(cluster, measured)
        measured.run("select 'before'")
        log.listen()
        other.run("select 'elsewhere'")
        measured.run("select\n  'over two lines',\n  pg_sleep(0.02)")
        seen = list(log.statements())
        expect("statements", [text for _, text in seen], ["select 'over two lines', pg_sleep(0.02)"])
        expect("its time", log.times_of("two lines")[0] >= 20, True)
    finally:
        cluster.destroy()


main()
