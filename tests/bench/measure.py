"""What the machine and PostgreSQL say about a stretch of work: CPU by program, commits, WAL, row versions made dead."""
import contextlib
import os
import pathlib
import platform
import signal
import time
import urllib.request

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Void(Exception):
    """A cell whose result would mean nothing, and why."""


@contextlib.contextmanager
def deadline(seconds):
    """Whatever runs inside is void when it takes longer: a cell that hangs is a finding, not the end of the benchmark."""
    def over(*_):
        raise Void(f"it did not end in {seconds} s")
    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[int(share * (len(ordered) - 1))]


def _stat(pid):
    """utime, stime, cutime, cstime of a process; none when it is gone."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return [int(field) * TICK_S for field in text.rpartition(")")[2].split()[11:15]]


def cpu_of(pid):
    times = _stat(pid)
    return sum(times[:2]) if times else 0.0


def cpu_of_postgres(postmaster):
    """The postmaster, the children it has reaped, and those that live."""
    children = pathlib.Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return sum(_stat(postmaster)) + sum(cpu_of(child) for child in children)


def machine_busy():
    """CPU seconds the whole machine has spent, ours and everybody's."""
    user, nice, system, _idle, _iowait, irq, softirq = \
        map(int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:8])
    return (user + nice + system + irq + softirq) * TICK_S


def own_cpu():
    """This script and the programs it ran to their end, such as the load generator."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_rss_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return None


class Stretch:
    """with Stretch(postmaster, {"worker": [pid, ...]}) as cost: ...; then cost.seconds, cost.cpu["worker"], cost.others."""

    def __init__(self, postmaster, programs):
        self._postmaster = postmaster
        self._programs = programs
        self.seconds = self.others = None
        self.cpu = {}

    def _read(self):
        cpu = {name: sum(map(cpu_of, pids)) for name, pids in self._programs.items()}
        cpu["postgres"] = cpu_of_postgres(self._postmaster)
        return time.monotonic(), machine_busy(), own_cpu(), cpu

    def __enter__(self):
        self._before = self._read()
        return self

    def __exit__(self, *_):
        now, busy, own, cpu = self._read()
        then, busy_then, own_then, cpu_then = self._before
        self.seconds = now - then
        self.cpu = {name: cpu[name] - cpu_then[name] for name in cpu}
        # CPUs' worth of work that was not ours; on a quiet machine close to nothing.
        self.others = max(0.0, (busy - busy_then - sum(self.cpu.values()) - (own - own_then)) / self.seconds)


class Ledger:
    """Counters of one database. Sessions report theirs when they end, so read it before the programs start and after they
    have stopped; written_bytes alone is up to date at any time."""

    def __init__(self, db):
        self._db = db
        self.start = self.read()

    def read(self):
        return self._db.row("""
            select d.xact_commit + d.xact_rollback as transactions,
                (select coalesce(sum(n_tup_upd + n_tup_del), 0) from pg_stat_user_tables) as dead_made,
                (select coalesce(sum(n_tup_upd), 0) from pg_stat_user_tables) as updates,
                (select coalesce(sum(n_tup_hot_upd), 0) from pg_stat_user_tables) as hot_updates
            from pg_stat_database d where d.datname = current_database()""")

    def since(self):
        now = self.read()
        return {name: now[name] - self.start[name] for name in now}


def written_bytes(db):
    return int(db.value("select (pg_current_wal_insert_lsn() - '0/0')::bigint"))


def database_bytes(db):
    return int(db.value("select pg_database_size(current_database())"))


def scrape(ops_url):
    """The program's own metrics, name{labels} to value."""
    with urllib.request.urlopen(ops_url + "/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))}


def machine(db):
    info = pathlib.Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    memory_kb = int(pathlib.Path("/proc/meminfo").read_text().split()[1])
    return {
        "CPUs": os.cpu_count(), "model": models[0] if models else platform.machine(),
        "memory": f"{memory_kb / 1048576:.0f} GiB", "kernel": platform.release(),
        "PostgreSQL": db.value("select current_setting('server_version')"),
        "settings": db.value("""select string_agg(name || '=' || current_setting(name), ' ') from unnest(array[
            'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size']) as name"""),
        "load average before": os.getloadavg()[0],
    }
