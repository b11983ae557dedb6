"""The programs under fire. A member keeps its name and its place for the whole run; every end is followed by a new process with a log of
its own. Some go to the database through a proxy, some under a shifted clock, some without notifications."""
import glob
import os
import subprocess
import threading

from harness import BIN
from pg_proxy import PgProxy
from programs import Program

from . import sizes

# Of each role one member has a wrong clock, another in each life. A receiver refuses to start with more than 2 s; what a worker's clock
# says must not matter.
CLOCKS_S = {} if sizes.SANITIZED else {"worker-3": (600, -600), "receiver-2": (1.2, -1.2)}
PROXIED = ("worker-2", "receiver-2")
RECEIVER_PORT = 8443
END_S_MAX = 20  # of a stop that takes 5 s, on a machine that has much else to do


def own_address():
    """A loopback address that no other campaign of this machine uses, so that a fixed port is free while its receiver is down."""
    pid = os.getpid()
    return f"127.{1 + (pid >> 16) % 250}.{(pid >> 8) & 255}.{1 + (pid & 255) % 254}"


def shifted_clock(file):
    """The environment under which a program believes that it is as much later as the file says, which may change. Only the wall clock: time
    that merely passes stays right."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        raise FileNotFoundError("libfaketime is missing: run deploy/packages test")
    return {"LD_PRELOAD": found[0], "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_CACHE_DURATION": "1", "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Member:
    def __init__(self, fleet, name):
        self.fleet, self.name = fleet, name
        self.role = name.partition("-")[0].replace("sleeper", "worker")
        self.lives = 0
        self.program = None

    @property
    def port(self):
        """Where a receiver listens, for the whole run."""
        return RECEIVER_PORT + int(self.name[-1]) if self.role == "receiver" else 0

    def clock_s(self, life):
        clocks = CLOCKS_S.get(self.name, (0,))
        return clocks[life % len(clocks)]

    def turn_clock(self, seconds):
        self.fleet.clock_file(self).write_text(f"{seconds:+g}")

    def start(self):
        """Ready when this returns, unless the database is away: then as soon as it is back."""
        self.lives += 1
        fleet, world = self.fleet, self.fleet.world
        if self.role == "receiver":
            command = [BIN / "reclaim-receiver"]
            changes = [("port = 0\nops.port = 0", f'address = "{fleet.address}"\nport = {self.port}\nops.port = 0'),
                       ('log_level = "debug"', 'log_level = "info"')]
        else:
            command = [BIN / "reclaim-worker", "run"]
            changes = [('log = "debug"', 'log = "info"')]
        changes += fleet.changes(self)
        url = world.db.url
        if self.name in PROXIED:
            url = fleet.through_proxy(url)
        config = world.write_config(self.name, "reclaim_" + self.role, url, changes)
        clock_s, environment = self.clock_s(self.lives), None
        if clock_s:
            self.turn_clock(clock_s)
            environment = shifted_clock(fleet.clock_file(self))
            fleet.ledger.fault("clock_" + self.role, self.name, seconds=clock_s)
        self.program = world.started(Program([*command, "--config", config], self.name, fleet.log_file(self), environment))
        self.program.wait_line(f"{self.role}_started", 20)

    def must_live(self):
        """What ends without being told to is a finding, whatever it was in the middle of."""
        if not self.program.alive():
            raise AssertionError(f"{self.name} ended by itself with {self.program.process.returncode}:\n{self.program.tail()}")

    def must_end(self):
        """An orderly end."""
        try:
            status = self.program.terminate(END_S_MAX)
        except subprocess.TimeoutExpired:
            self.program.kill9()
            raise AssertionError(f"{self.name} did not end within {END_S_MAX} s of SIGTERM:\n{self.program.tail()}") from None
        if status != 0:
            raise AssertionError(f"{self.name} ended with {status} on SIGTERM:\n{self.program.tail()}")


class Fleet:
    def __init__(self, world, ledger, size, logs, hook):
        self.world, self.ledger, self._logs = world, ledger, logs
        self.address = own_address()
        self.receivers = [Member(self, f"receiver-{n}") for n in (1, 2)]
        self.workers = [Member(self, f"worker-{n}") for n in (1, 2, 3)]
        self.sleepers = [Member(self, f"sleeper-{n + 1}") for n in range(size.sleepers)]
        self.members = [*self.receivers, *self.workers, *self.sleepers]
        self.notify = True
        self.secrets = ["webhook.secret"]
        self._changing = threading.Lock()
        self.proxy = PgProxy(int(world.cluster.url.rpartition(":")[2].partition("/")[0]), hook)
        world.callback(self.proxy.close)

    def start(self):
        for member in self.members:
            member.start()

    def urls(self, path):
        return {member.name: f"http://{self.address}:{member.port}{path}" for member in self.receivers}

    def set(self, **news):
        """How members are configured from their next start on."""
        with self._changing:
            for name, value in news.items():
                setattr(self, name, value)

    def changes(self, member):
        with self._changing:
            out = []
            if self.secrets != ["webhook.secret"]:
                named = ", ".join(f'"{name}"' for name in self.secrets)
                out.append(('secret_file = "webhook.secret"', f"secret_files = [{named}]"))
            if member.role == "receiver" and not self.notify:
                out.append(("log_level =", "notify = false\nlog_level ="))
                self.ledger.fault("notify_off", member.name)
            # A worker that neither listens nor holds a session lock: every third life of one of them.
            if member.name == "worker-1" and member.lives % 3 == 0:
                out.append(("\n[receiver]\n", "pooled = true\n\n[receiver]\n"))
                self.ledger.fault("notify_off", member.name)
            return out

    def through_proxy(self, url):
        server, _, name = url.rpartition("/")
        return f"{server.rpartition(':')[0]}:{self.proxy.port}/{name}"

    def log_file(self, member):
        return self._logs / f"{member.name}.{member.lives}.log"

    def log_files(self):
        """(member, how wrong its clock was, file) of every life."""
        return [(member, member.clock_s(life), self._logs / f"{member.name}.{life}.log")
                for member in self.members for life in range(1, member.lives + 1)]

    def clock_file(self, member):
        return self._logs / f"{member.name}.clock"
