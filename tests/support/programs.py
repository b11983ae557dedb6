"""The programs under test as child processes: started, watched, killed, and never left behind."""
import collections
import concurrent.futures
import contextlib
import ctypes
import json
import os
import signal
import subprocess
import threading

from harness import BIN, wait_until
from webhook import http_call

SANDBOX = os.environ.get("RECLAIM_SANDBOX_BIN", BIN / "tests" / "sandbox" / "reclaim-sandbox")


# The kernel's "parent" is the thread that forks: a child of a thread that ends would die with that.
_starter = concurrent.futures.ThreadPoolExecutor(1, "starter")


def _die_with_parent():
    # A script that is itself killed takes its children along.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Program:
    """A running program; its output is kept, line by line, and shown when it ends unexpectedly. With log_file it goes there instead of
    through this process, which many programs or much output would keep busy. env: variables more than our own."""

    def __init__(self, arguments, name, log_file=None, env=None):
        self.name = name
        self.log_file = log_file
        self._kept = collections.deque(maxlen=100_000)
        self._reader = None
        with open(log_file, "wb") if log_file else contextlib.nullcontext(subprocess.PIPE) as output:
            self.process = _starter.submit(subprocess.Popen, [str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                                           stdout=output, stderr=subprocess.STDOUT, env=os.environ | (env or {}),
                                           preexec_fn=_die_with_parent).result()
        if not log_file:
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._kept.append(line.decode("utf-8", "replace").rstrip("\n"))

    @property
    def lines(self):
        """What it has said so far."""
        return self.log_file.read_text("utf-8", "replace").splitlines() if self.log_file else list(self._kept)

    @property
    def pid(self):
        return self.process.pid

    def alive(self):
        return self.process.poll() is None

    def logged(self, event):
        """The log lines of this event so far."""
        lines = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [line for line in lines if line["event"] == event]

    def wait_line(self, wanted, limit_s=10.0):
        def look():
            for line in self.lines:
                if wanted in line:
                    return line
            if not self.alive():
                self._join_reader(1)
                raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n" + self.tail())
            return None
        return wait_until(look, f"{self.name} says {wanted!r}", limit_s)

    def tail(self, count=20):
        return "\n".join(self.lines[-count:])

    def signal(self, number):
        self.process.send_signal(number)

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def kill9(self):
        if self.alive():
            self.signal(signal.SIGKILL)
        return self.wait()

    def terminate(self, limit_s=15):
        """SIGTERM; the exit status."""
        if self.alive():
            self.signal(signal.SIGTERM)
        return self.wait(limit_s)

    def wait(self, limit_s=15):
        status = self.process.wait(limit_s)
        self._join_reader(5)
        return status

    def _join_reader(self, limit_s):
        if self._reader:
            self._reader.join(limit_s)


class Sandbox(Program):
    """The vendors' stand-in, with its fixtures, its faults and its own record of every call."""

    def __init__(self, folder, config, seed=1):
        self.log = folder / "sandbox.ndjson"
        config_file = folder / "sandbox.json"
        config_file.write_text(json.dumps(config))
        super().__init__([SANDBOX, "--listen", "127.0.0.1:0", "--log", self.log, "--config", config_file, "--seed", seed],
                         "sandbox")
        self.url = self.wait_line("sandbox listening on ").rpartition(" ")[2]

    def control(self, method, path, body=None):
        answer = http_call(method, self.url + "/_sandbox" + path, None if body is None else json.dumps(body),
                           {"Sandbox-Control": "yes"})
        if answer.status != 200:
            raise AssertionError(f"sandbox {method} {path}: {answer}")
        return answer.json

    def assign(self, app, *users, **more):
        self.control("POST", "/okta/assign", {"app": app, "users": list(users), **more})

    def holds(self, app, user):
        return user in self.control("GET", f"/okta/assignments?app={app}")["users"]

    def faults(self, *rules, seed=1):
        """Replaces every rule; none clears them."""
        self.control("PUT", "/faults", {"seed": seed, "rules": list(rules)})

    def release(self):
        self.control("POST", "/release")

    def held(self):
        return self.control("GET", "/held")["held"]

    def issues(self):
        return self.control("GET", "/linear/issues")["issues"]

    def on_issues(self, what):
        """Every attachment or comment that issues have."""
        return self.control("GET", "/linear/issues")[what + "s"]

    def deliveries(self):
        return self.control("GET", "/requester/deliveries")["deliveries"]

    def calls(self, op=None, **noted):
        """The requests so far, oldest first; op and noted fields select."""
        with open(self.log, encoding="utf-8") as log:
            entries = [json.loads(line) for line in log if line.endswith("\n")]
        return [entry for entry in entries if "call_no" in entry and (op is None or entry["op"] == op)
                and all(entry.get(name) == value for name, value in noted.items())]
