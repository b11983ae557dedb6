"""The evidence of a run, collected for the checker: who sent what, what was broken, what the vendor held before and after."""
import datetime
import json
import pathlib
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "checker"))
import check

CHECKER = pathlib.Path(__file__).resolve().parent / "checker" / "check.py"
APPS = ("figma", "slack")
LOGS = ("client", "sandbox", "fault", "program", "measure")
VOIDS = {"I32", "I34"}  # what they say is that too little happened


def now_us():
    return time.time_ns() // 1000


class Judge:
    """Made when the vendors' fixtures stand and before anything runs."""

    def __init__(self, world):
        self.world = world
        self.sender_log = world.folder / "client.ndjson"
        self._files = {name: open(world.folder / f"{name}.ndjson", "a", encoding="utf-8", buffering=1) for name in ("fault", "program", "measure")}
        self._writing = threading.Lock()
        self.found = None  # what the checker found, after verdict()
        self._assignments("before")

    def fault(self, kind, target, **more):
        self._note("fault", {"at_us": now_us(), "kind": kind, "target": target} | more)

    def measure(self, what, subject, **values):
        """What was measured of the programs themselves; the checker knows "resources" and "secret"."""
        self._note("measure", {"at_us": now_us(), "what": what, "subject": subject} | values)

    def program_log(self, name, file, clock_s=0):
        """A program's own words, for the stories. clock_s: how far ahead its clock was."""
        for line in file.read_text("utf-8", "replace").splitlines():
            if line.startswith("{") and line.endswith("}"):
                said = json.loads(line)
                at = datetime.datetime.fromisoformat(said["ts"].replace("Z", "+00:00")).timestamp() - clock_s
                self._note("program", {"at_us": round(at * 1e6), "by": name} | said)

    def verdict(self, minimum, **settings):
        """True when no invariant is violated. minimum: what must have been injected, by kind, for the run to count."""
        self._assignments("after")
        return self.check("--report", self.world.folder / "violation.txt", minimum=minimum, settings=settings,
                          assigned=True)

    def glance(self, **settings):
        """The same in the middle of a run, by the invariants that hold at any moment."""
        return self.check("--during", "--report", self.world.folder / "violation.txt", settings=settings)

    def check(self, *more, minimum=None, settings=None, assigned=False):
        answer = self.world.folder / "found.json"
        asked = [CHECKER, "--database", self.world.db.url, "--json", answer, *more]
        for name in LOGS:
            asked += [f"--{name}", self.world.folder / f"{name}.ndjson"]
        for when in ("before", "after") if assigned else ():
            for app in APPS:
                asked += [f"--{when}", f"{app}={self._assignment_file(when, app)}"]
        for option, named in (("--minimum", minimum or {}), ("--set", settings or {})):
            for name, value in named.items():
                asked += [option, f"{name}={value}"]
        answer.unlink(missing_ok=True)
        done = subprocess.run(asked, text=True, capture_output=True, check=False)
        self.found = json.loads(answer.read_text()) if answer.exists() else None
        if done.returncode:
            print(done.stdout + done.stderr, flush=True)
            violation = self.world.folder / "violation.txt"
            if violation.exists():
                print(violation.read_text(), flush=True)
        return done.returncode == 0

    def findings(self, **settings):
        """The same for a small run that need not have met any fault: the violated invariants with the first finding of each. Starts no
        checker program, so that hundreds of runs can be judged."""
        self._assignments("after")
        files = {when: [(app, self._assignment_file(when, app)) for app in APPS] for when in ("before", "after")}
        logs = {name: [self.world.folder / f"{name}.ndjson"] for name in LOGS}
        check.load(self.world.db.url, logs, **files, settings=settings.items())
        return [f"{found.invariant.id} {found.invariant.rule} {found.first[0]}" for found in check.run(self.world.db.url) if found.count]

    def violated(self):
        return [name for name, count in self.found["invariants"].items() if count] if self.found else ["not judged"]

    def is_void(self):
        """Nothing is wrong, but too little happened for that to mean anything."""
        return bool(self.violated()) and set(self.violated()) <= VOIDS

    def keep(self, folder):
        """Copies the evidence."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in [f"{log}.ndjson" for log in LOGS] + ["violation.txt", "found.json"]:
            if (self.world.folder / name).exists():
                shutil.copy(self.world.folder / name, folder)

    def _note(self, log, line):
        with self._writing:
            self._files[log].write(json.dumps(line) + "\n")

    def _assignment_file(self, when, app):
        return self.world.folder / f"{when}-{app}.json"

    def _assignments(self, when):
        for app in APPS:
            held = self.world.sandbox.control("GET", f"/okta/assignments?app={app}")
            self._assignment_file(when, app).write_text(json.dumps(held))
