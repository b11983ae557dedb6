"""What every contestant has: a fresh database, a fresh sandbox with its seats, programs that end with it, and the judge's checks.

A contestant is a subclass. The cells ask it for no more than this:

    name, intakes                    how it is called; the ways its receiver can write, the best one last
    prepare_template(db)             once per run: the schema that every stand starts with
    flag(seats)                      seats s1... of users u1... are flagged, in its own words
    start_receiver(intake)           (url, file with the webhook secret), ready to accept
    commits()                        (transactions that recorded approvals, approvals in them) so far
    recorded()                       {approval id: hex SHA-256 of its body} of what is in the database
    enqueue(count)                   approvals of seats 1...count, as the receiver would have recorded them
    start_worker(in_flight, ...)     a worker program that has not connected yet
    finished(), finished_at()        how many jobs have ended; epoch seconds of the last
    overdue()                        jobs that have been due for over a second and are not claimed
    check_ended(count)               void unless its own tables say that all of them removed their seat
    steady_rate                      approvals a second it can keep up with
    share                            of the jobs a cell gives; a slower contestant gets fewer, so that its cell lasts as long
    claim_pattern                    text in the statement by which its worker takes jobs
    in_flight(latency_ms)            jobs at once that suit it best at this latency of the vendors
    count_jobs(), shift_due(by, newest), multiply(times)   for the full house: {waiting, finished}; another time for the newest
                                     jobs; every job, waiting or finished, so many times more
    be_alert()                       from now on a single job's pickup matters more than throughput
"""
import contextlib
import itertools
import json
import pathlib
import shutil
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from database import Database  # noqa: E402
from harness import scratch_folder, wait_until  # noqa: E402
from measure import Void  # noqa: E402
from programs import Program, Sandbox  # noqa: E402
from webhook import SECRET  # noqa: E402
from world import LINEAR_KEY, OKTA_TOKEN, SANDBOX_CONFIG  # noqa: E402

APP = "figma"
# The operation at a vendor, and the field of its log line that tells jobs apart.
EFFECTS = {"okta.delete_app_user": "user", "linear.issueCreate": "client_uuid", "requester.post": "approval_id"}


class Stand(contextlib.ExitStack):
    """with Contestant(cluster, seats, ...) as stand."""

    name = None
    intakes = ()
    share = 1
    _templates = {}  # (cluster url, contestant): the database that holds the schema

    def __init__(self, cluster, seats, template=None):
        """template: the name of a database to start from instead of an empty schema."""
        super().__init__()
        self.cluster = cluster
        self.folder = scratch_folder("bench")
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            name = f"bench_{uuid.uuid4().hex[:12]}"
            cluster.admin.run(f"create database {name} template {template or self._template(cluster)}")
            self.db = Database(cluster.url_of(name))
            self.callback(cluster.drop, self.db)
            self.sandbox = Sandbox(self.folder, SANDBOX_CONFIG)
            self.callback(self.sandbox.kill9)
            self.receiver, self.workers = None, []
            self._log_read = self._confirmed = 0
            for file, text in (("webhook.secret", SECRET), ("okta.token", OKTA_TOKEN), ("linear.key", LINEAR_KEY)):
                self.write_secret(file, text)
            self.get_ready()
            if seats:
                self.sandbox.control("POST", "/okta/assign", {"app": APP, "prefix": "u", "from": 1, "count": seats, "scope": "USER"})
                self.flag(seats)
        except BaseException:
            self.close()
            raise

    @classmethod
    def _template(cls, cluster):
        key = (cluster.url, cls.name)
        if key not in cls._templates:
            name = "template_" + cls.name.replace("-", "_")
            cluster.admin.run(f"create database {name}")
            db = Database(cluster.url_of(name))
            cls.prepare_template(db)
            db.close()
            cls._templates[key] = name
        return cls._templates[key]

    def get_ready(self):
        """What a contestant adds before the seats come."""

    def be_alert(self):
        """A contestant that has to choose between throughput and pickup chooses here."""

    def delay(self, milliseconds):
        """Every vendor answers this much later."""
        self.sandbox.faults(*({"on": on, "kind": "latency", "ms": milliseconds} for on in ("okta.*", "linear.*", "requester.*")))

    def write_secret(self, name, text):
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text)

    def settle(self):
        """Statistics as autovacuum keeps them on a database that has lived a while, and nothing left to write."""
        self.db.run("vacuum analyze;\ncheckpoint")

    def program(self, arguments, name):
        program = Program(arguments, name)
        self.callback(program.kill9)
        return program

    def alive(self):
        """Void when a program has ended that should run: waiting for it would only cost time."""
        for each in [self.sandbox, self.receiver, *self.workers]:
            if each and not each.alive():
                raise Void(f"{each.name} has ended:\n{each.tail(5)}")

    def stop_programs(self):
        """Ends receiver and workers and waits until their sessions are gone and have reported their counters."""
        for program in [self.receiver, *self.workers]:
            if program and program.alive():
                program.terminate()
        self.receiver, self.workers = None, []
        wait_until(lambda: self.db.value("""select count(*) from pg_stat_activity
            where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()""") == 0, "sessions end")
        time.sleep(0.1)  # the counters are reported just after a session has left the list

    def confirmed(self):
        """Jobs the requester has been told about so far, by the sandbox's log. Reads only what is new in it."""
        with open(self.sandbox.log, "rb") as log:
            log.seek(self._log_read)
            new = log.read()
        whole = new.rfind(b"\n") + 1
        self._log_read += whole
        self._confirmed += sum(1 for line in new[:whole].splitlines() if b'"op":"requester.post"' in line and b'"effect":"applied"' in line)
        return self._confirmed

    # The judge: the sandbox's own log, the same for everybody.

    def log_lines(self):
        """The sandbox's lines so far, oldest first, without holding them all."""
        with open(self.sandbox.log, encoding="utf-8") as log:
            for line in log:
                if line.endswith("\n") and '"call_no"' in line:
                    yield json.loads(line)

    def check_removed(self, count):
        """Every job ended in a removal, and by the vendors' own record each effect happened once."""
        self.check_ended(count)
        seen = {op: [] for op in EFFECTS}
        for call in self.log_lines():
            if call["op"] in EFFECTS and call["effect"] == "applied":
                seen[call["op"]].append(call[EFFECTS[call["op"]]])
        for op, who in seen.items():
            if len(who) != count or len(set(who)) != count:
                raise Void(f"{op} had its effect {len(who)} times for {len(set(who))} of {count} jobs")

    def check_recorded(self, sent_log):
        """Every approval answered 202 is in the database with the very bytes that were sent, once."""
        with open(sent_log, encoding="utf-8") as lines:
            sent = [json.loads(line) for line in lines]
        found = self.recorded()
        missing = [line["approval_id"] for line in sent
                   if line["status"] == 202 and found.get(line["approval_id"]) != line["body_sha256"]]
        if missing:
            raise Void(f"{len(missing)} acknowledged approvals are not recorded as sent, such as {missing[:3]}")

    def first_call_at(self):
        """Epoch seconds of the first request any vendor had."""
        return min(call["arrived_us"] for call in itertools.islice(self.log_lines(), 1000)) / 1e6

    def first_vendor_calls(self):
        """Seat number to the moment (epoch µs) at which the vendor had the first request about it."""
        first = {}
        for call in self.log_lines():
            if call["op"] == "okta.get_app_user":
                number = int(call["user"][1:])
                first[number] = min(first.get(number, call["arrived_us"]), call["arrived_us"])
        return first


def once(rows, key, value):
    """{key: value} of rows in which no key comes twice."""
    found = {row[key]: row[value] for row in rows}
    if len(found) != len(rows):
        raise Void(f"{len(rows) - len(found)} approvals are recorded twice")
    return found
