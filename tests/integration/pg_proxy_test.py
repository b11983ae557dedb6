#!/usr/bin/env python3
"""The proxy of tests/support/pg_proxy.py between real clients and a real PostgreSQL: it names what passes and does what a hook says."""
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from database import Cluster, Database
from harness import expect, main, scratch_folder, test, wait_until
from pg_proxy import CUT_AFTER, CUT_BEFORE, CUT_HALFWAY, DROP_ANSWER, Hold, Instead, PgProxy, Stall, fatal

PGBENCH = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
PIPELINE = """\\startpipeline
begin;
insert into kept values (1);
commit;
\\endpipeline
"""


class Bench:
    """A database with one table, reached through a proxy."""

    def __init__(self, hook=None):
        self.cluster = Cluster.shared()
        self.db = self.cluster.fresh_database()
        self.db.run("create table kept (n int)")
        self.seen = []
        self.hook = hook
        self.proxy = PgProxy(int(self.db.url.rpartition(":")[2].partition("/")[0]), self._ask)
        self.url = f"postgresql://postgres@127.0.0.1:{self.proxy.port}/{self.db.url.rpartition('/')[2]}"

    def _ask(self, message):
        self.seen.append(message)
        return self.hook(message) if self.hook else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proxy.close()
        if self.cluster.folder:
            self.cluster.destroy()
        else:
            self.cluster.drop(self.db)

    def psql(self, sql):
        return subprocess.run(["psql", "-XAtq", self.url, "-c", sql], capture_output=True, text=True, check=False, timeout=30)

    def pipeline(self, mode="prepared", script=PIPELINE, times=1):
        """One session that runs the script as libpq pipelines do; the exit status."""
        folder = scratch_folder("pgbench")
        file = folder / "script"
        file.write_text(script)
        try:
            return subprocess.run([PGBENCH, "-n", "-M", mode, "-t", str(times), "-f", file, self.url], capture_output=True, text=True,
                                  check=False, timeout=60).returncode
        finally:
            file.unlink()
            folder.rmdir()

    def rows(self):
        return self.db.value("select count(*) from kept")

    def named(self, connection=None):
        return [str(message) for message in self.seen if connection in (None, message.connection)]


def at(kind, about, action, to_server=True):
    """A hook that acts at the first such message."""
    left = [action]
    return lambda message: left.pop() if left and (message.kind, message.about, message.to_server) == (kind, about, to_server) else None


@test
def every_message_of_a_simple_query_is_named():
    with Bench() as bench:
        expect("answer", bench.psql("select 1 as one").stdout, "1\n")
        wait_until(lambda: bench.named()[-1] == "> Terminate", "the client says goodbye")
        last = bench.named()[-6:]
        expect("messages", last, ["> Query select 1 as one", "< RowDescription select 1 as one", "< DataRow select 1 as one",
                                  "< CommandComplete select 1 as one SELECT 1", "< ReadyForQuery I", "> Terminate"])
        expect("application", {message.application for message in bench.seen}, {"psql"})
        expect("first", bench.named()[0], "> Startup")


@test
def every_message_of_a_pipeline_belongs_to_its_statement():
    with Bench() as bench:
        expect("pgbench", bench.pipeline(), 0)
        expect("rows", bench.rows(), 1)
        complete = [(message.about, message.tag) for message in bench.seen if message.kind == "CommandComplete"]
        expect("answers", [tag for _, tag in complete][-3:], ["BEGIN", "INSERT 0 1", "COMMIT"])
        executed = [message.about for message in bench.seen if message.kind == "Execute"]
        expect("each answer names what was executed", [about for about, _ in complete if about in executed], executed)


@test
def an_error_ends_the_statements_up_to_the_sync_and_no_further():
    script = "\\startpipeline\nselect 1/0;\nselect 'skipped';\n\\endpipeline\n"
    with Bench() as bench:
        bench.pipeline("extended", script)
        errors = [(message.about, message.tag) for message in bench.seen if message.kind == "ErrorResponse"]
        expect("error", errors, [("select 1/0;", "22012")])
        expect("the second is not answered", [m for m in bench.named() if m.startswith("< CommandComplete select 'skipped'")], [])
        expect("the next connection is understood", bench.psql("select 2").stdout, "2\n")


@test
def cut_before_leaves_the_server_without_the_message():
    with Bench(at("Execute", "commit;", CUT_BEFORE)) as bench:
        expect("pgbench fails", bench.pipeline("extended") != 0, True)
        expect("rows", bench.rows(), 0)


@test
def cut_halfway_leaves_the_server_without_the_message():
    with Bench(at("Query", "insert into kept values (1)", CUT_HALFWAY)) as bench:
        expect("psql fails", bench.psql("insert into kept values (1)").returncode != 0, True)
        expect("rows", bench.rows(), 0)


@test
def cut_after_gives_the_message_to_the_server_and_nothing_back():
    with Bench(at("Query", "insert into kept values (1)", CUT_AFTER)) as bench:
        expect("psql fails", bench.psql("insert into kept values (1)").returncode != 0, True)
        wait_until(lambda: bench.rows() == 1, "the server does what it was sent")
        expect("answers seen", [m for m in bench.named() if m.startswith("< CommandComplete")], [])


@test
def a_dropped_answer_is_of_something_that_was_done():
    with Bench(at("Execute", "commit;", DROP_ANSWER)) as bench:
        expect("pgbench fails", bench.pipeline("extended") != 0, True)
        expect("rows, at once", bench.rows(), 1)


@test
def a_servers_own_farewell_can_stand_in_for_an_answer():
    with Bench(at("CommandComplete", "insert into kept values (1)", Instead(fatal("57P01", "going")), to_server=False)) as bench:
        done = bench.psql("insert into kept values (1)")
        expect("what psql says", "FATAL:  going" in done.stderr, True)
        expect("rows", bench.rows(), 1)


@test
def an_answer_can_be_cut_too():
    with Bench(at("CommandComplete", "commit;", CUT_BEFORE, to_server=False)) as bench:
        expect("pgbench fails", bench.pipeline("extended") != 0, True)
        expect("rows", bench.rows(), 1)


@test
def a_stall_delays_and_loses_nothing():
    with Bench(at("Query", "insert into kept values (1)", Stall(0.3))) as bench:
        started = time.monotonic()
        expect("psql", bench.psql("insert into kept values (1)").returncode, 0)
        expect("took its time", time.monotonic() - started >= 0.3, True)
        expect("rows", bench.rows(), 1)


@test
def a_held_message_waits_for_the_test_and_others_do_not_wait_for_it():
    hold = Hold()
    with Bench(at("Query", "insert into kept values (1)", hold)) as bench:
        waiting = threading.Thread(target=bench.psql, args=("insert into kept values (1)",))
        waiting.start()
        wait_until(lambda: "> Query insert into kept values (1)" in bench.named(), "the message is held")
        expect("another session", bench.psql("select count(*) from kept").stdout, "0\n")
        hold.release()
        waiting.join(10)
        expect("rows", bench.rows(), 1)


@test
def large_values_pass_whole_in_both_directions():
    with Bench() as bench:
        expect("out", len(bench.psql("select repeat('x', 20000000)").stdout), 20_000_001)
        bench.db.run("create table big (t text)")
        size = 3_000_000
        client = Database(bench.url)
        expect("in", client.value(f"insert into big values ('{'y' * size}') returning length(t)"), size)
        client.close()


@test
def a_session_to_a_server_that_is_away_ends_and_a_later_one_is_served():
    with Bench() as bench:
        upstream, bench.proxy.upstream = bench.proxy.upstream, ("127.0.0.1", 1)
        expect("psql fails", bench.psql("select 1").returncode != 0, True)
        bench.proxy.upstream = upstream
        expect("answer", bench.psql("select 1").stdout, "1\n")


@test
def a_hook_that_fails_is_not_taken_for_one_that_passes():
    def hook(message):
        raise ValueError(f"did not expect {message}")
    bench = Bench(hook)
    expect("psql fails", bench.psql("select 1").returncode != 0, True)
    try:
        bench.proxy.close()
    except ValueError as why:
        expect("why", str(why), "did not expect > Startup")
    else:
        raise AssertionError("close() did not say what the hook raised")
    bench.__exit__()


main()
