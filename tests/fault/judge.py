"""The evidence of a run, collected for the checker: who sent what, what was broken, what the vendor held before and after."""
import json
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "checker"))
import check

CHECKER = pathlib.Path(__file__).resolve().parent / "checker" / "check.py"
APPS = ("figma", "slack")


def now_us():
    return time.time_ns() // 1000


class Judge:
    """Made when the vendors' fixtures stand and before anything runs."""

    def __init__(self, world):
        self.world = world
        self.sender_log, self._fault_log = world.folder / "sender.ndjson", world.folder / "faults.ndjson"
        self._faults = open(self._fault_log, "a", encoding="utf-8", buffering=1)
        self._assignments("before")

    def fault(self, kind, target, **more):
        self._faults.write(json.dumps({"at_us": now_us(), "kind": kind, "target": target} | more) + "\n")

    def verdict(self, minimum, **settings):
        """True when no invariant is violated. minimum: what must have been injected, by kind, for the run to count."""
        self._assignments("after")
        asked = [CHECKER, "--database", self.world.db.url, "--client", self.sender_log, "--sandbox", self.world.sandbox.log,
                 "--fault", self._fault_log, "--report", self.world.folder / "violation.txt"]
        for when in ("before", "after"):
            for app in APPS:
                asked += [f"--{when}", f"{app}={self._assignment_file(when, app)}"]
        for option, named in (("--minimum", minimum), ("--set", settings)):
            for name, value in named.items():
                asked += [option, f"{name}={value}"]
        done = subprocess.run(asked, text=True, capture_output=True, check=False)
        if done.returncode:
            print(done.stdout + done.stderr)
            violation = self.world.folder / "violation.txt"
            if violation.exists():
                print(violation.read_text())
        return done.returncode == 0

    def violated(self, **settings):
        """The same for a small run that need not have met any fault: the violated invariants with the first finding of each. Starts no
        checker program, so that hundreds of runs can be judged."""
        self._assignments("after")
        files = {when: [(app, self._assignment_file(when, app)) for app in APPS] for when in ("before", "after")}
        check.load(self.world.db.url, [self.sender_log], [self.world.sandbox.log], [self._fault_log], **files,
                   settings=settings.items())
        return [f"{found.invariant.id} {found.invariant.rule} {found.first[0]}" for found in check.run(self.world.db.url) if found.count]

    def keep(self, folder):
        """Copies the evidence."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("sender.ndjson", "faults.ndjson", "sandbox.ndjson", "violation.txt"):
            if (self.world.folder / name).exists():
                shutil.copy(self.world.folder / name, folder)

    def _assignment_file(self, when, app):
        return self.world.folder / f"{when}-{app}.json"

    def _assignments(self, when):
        for app in APPS:
            held = self.world.sandbox.control("GET", f"/okta/assignments?app={app}")
            self._assignment_file(when, app).write_text(json.dumps(held))
