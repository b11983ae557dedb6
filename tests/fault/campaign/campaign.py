"""A campaign's order of events: start everything, warm up, light the fire, put it out, let everything end, look at what is left."""
import json
import random
import shutil
import subprocess
import time

import evidence
from approval_tool import ApprovalTool
from harness import wait_until
from judge import Judge, now_us
from sealing import Sealer, wait_sealed
from webhook import SECRET
from world import LINEAR_KEY, OKTA_TOKEN, SOURCE, STATUS_TOKEN

from . import blows, people, sizes, vendors
from .fire import Fire
from .fleet import Fleet
from .resources import held_by
from .secrets_search import Search
from .traffic import Traffic
from .wire import Wire

NEW_SECRET = "whsec_dGhlIG5leHQgc2VjcmV0IG9mIHRoZSBzZW5kZXIsIHJvdGF0ZWQ="
UNEXPECTED = ("attempt_broke", "task_failed", "record_refused", "worker_failed", "handler_failed", "answer_not_sendable")
WARM_UP = 20
GLANCE_S = 15  # between two looks of a run that is to stop at its first finding


class Finding(Exception):
    """Something is wrong; the text says what."""


class Campaign:
    def __init__(self, world, size, seed, stop_early):
        self.world, self.size, self.seed, self.stop_early = world, size, seed, stop_early
        self.logs = world.folder / "logs"
        self.logs.mkdir()
        self.fire = Fire(size.fire_s)
        self.judge = self.tool = self.fleet = None
        self.sealers = []
        self.seconds = {}

    def dice(self, name):
        """Everyone has dice of their own: what one does never changes another's luck."""
        return random.Random(f"{self.seed}/{name}")

    def run(self):
        """Raises Finding where something is wrong before the checker is asked."""
        self.phase("set up", self.set_up)
        self.phase("fire", self.burn)
        self.phase("drain", self.drain)
        self.phase("afterwards", self.look_after)

    def phase(self, name, what):
        started = time.monotonic()
        try:
            what()
        finally:
            self.seconds[name] = round(time.monotonic() - started, 1)

    def set_up(self):
        world, size = self.world, self.size
        world.write_secret("webhook-2.secret", NEW_SECRET)
        people.make_roles(world.db)
        self.traffic = Traffic(size.approvals, size.fire_s, self.dice("traffic"))
        seats = len(self.traffic.seats)
        world.sandbox.control("POST", "/okta/assign", {"app": "figma", "prefix": "u", "from": 1, "count": seats})
        world.sandbox.control("POST", "/okta/assign", {"app": "slack", "prefix": "w", "from": 1, "count": WARM_UP})
        world.db.rows("select reclaim.flag_seat('figma', 'u' || n, 'u' || n) from generate_series(1, %s) as n", seats)
        world.db.rows("select reclaim.flag_seat('slack', 'w' || n, 'w' || n) from generate_series(1, %s) as n", WARM_UP)
        self.judge = Judge(world)
        self.wire = Wire(self.judge, self.dice("wire"))
        self.fleet = Fleet(world, self.judge, size, self.logs, self.wire)
        self.fleet.start()
        self.start_sealers()
        with people.acting(world.db, people.OPERATOR) as operator:
            people.set_budgets(operator, people.FIRST_BUDGET)
        self.tool = ApprovalTool(self.fleet.urls(f"/v1/webhooks/{SOURCE}"), self.judge.sender_log, self.dice("tool"))
        self.tool.start()
        self.warm_up()

    def start_sealers(self):
        folder = self.world.folder / "sealer"
        folder.mkdir()
        first = Sealer(self.world.db, folder, every="500ms")
        self.sealers = [first, first.twin(self.world.db, "sealer-2")]
        for sealer in self.sealers:
            sealer.start()
            self.world.callback(sealer.end)

    def warm_up(self):
        """A few jobs in peace, to know what programs hold that work."""
        for request in Traffic.plain("slack", [f"w{n}" for n in range(1, WARM_UP + 1)]):
            self.tool.send(request)
        self.tool.wait_taken(30)
        self.wait_ended(30)
        for member in self.fleet.members:
            self.measure(member, "fresh")

    def burn(self):
        fire, size, judge, world = self.fire, self.size, self.judge, self.world
        for member in self.fleet.workers:
            fire.by(member.name, blows.strike_worker, member, fire, judge, self.dice(member.name), size.worker_gap_s)
        for member in self.fleet.sleepers:
            fire.by(member.name, blows.strike_sleeper, member, fire, judge, self.dice(member.name))
        for member in self.fleet.receivers:
            fire.by(member.name, blows.strike_receiver, member, fire, judge, self.dice(member.name), size.receiver_gap_s)
        fire.by("postgres", blows.strike_postgres, world.cluster, world.db.url, fire, judge, self.dice("postgres"), size.postgres_gap_s)
        fire.by("operator", people.operate, world.db, fire, judge, self.dice("operator"))
        fire.by("gates", people.keep_gates, world.db, fire, judge, self.dice("gates"), now_us)
        fire.by("sealers", blows.strike_sealers, self.sealers, fire, judge, self.dice("sealers"))
        fire.by("legal holds", people.hold_legally, world.db, fire, judge, self.dice("legal holds"))
        fire.by("budget", people.keep_budget, world.db, fire, judge, self.dice("budget"))
        fire.by("trigger", people.switch_trigger, world.db, fire, judge, self.dice("trigger"), now_us)
        fire.by("detector", people.detect, world.db, fire, judge, self.dice("detector"), self.tool, self.traffic)
        fire.by("giver", people.give_back, world, fire, judge, self.dice("giver"), self.tool)
        fire.by("sender", self.send)
        fire.by("rotation", self.rotate)
        for number, (vendor, share, seconds) in enumerate(size.blackouts):
            fire.by(f"blackout of {vendor}", vendors.black_out, vendor, share * size.fire_s, seconds, world.sandbox, fire, judge, now_us,
                    self.seed + 10 * number + 1)
        world.sandbox.faults(*vendors.rules(), seed=self.seed)
        self.wire.active = True
        fire.light()
        if self.stop_early:
            self.glance_meanwhile()
        fire.wait_out()

    def send(self):
        with people.acting(self.world.db, "postgres") as looker:
            self.traffic.send(self.fire, self.tool, self.judge, lambda: looker.asks("select count(*) from reclaim.job"))

    def glance_meanwhile(self):
        while self.fire.rest(GLANCE_S):
            if not self.judge.glance(**sizes.SETTINGS) and self.judge.found:
                self.fire.put_out()
                raise Finding("violated while it ran: " + ", ".join(self.judge.violated()))

    def rotate(self):
        """The sender's secret: receivers learn the new one, the sender changes over, receivers forget the old one. Notifications end half way."""
        fire, share = self.fire, self.size.fire_s / 20
        both = ["webhook-2.secret", "webhook.secret"]
        self.world.sandbox.control("PUT", "/config", {"requester": {SOURCE: {"secrets": [SECRET, NEW_SECRET]}}})
        if not fire.rest(share * 4):
            return
        self.fleet.set(secrets=both)
        if not self.wait_restarted(fire):
            return
        self.tool.secret = NEW_SECRET
        self.judge.fault("rotate_secret", "sender")
        if fire.rest(share * 2):
            self.fleet.set(secrets=both[:1], notify=False)

    def wait_restarted(self, fire):
        """Each receiver has had a new life since now; they are killed all the time."""
        before = [member.lives for member in self.fleet.receivers]
        while any(member.lives == lives for member, lives in zip(self.fleet.receivers, before)):
            if not fire.rest(0.2):
                return False
        return fire.rest(2)  # and has read its configuration

    def drain(self):
        """No fault any more: every job must end within the drain rule."""
        self.wire.active = False
        self.world.sandbox.faults()
        self.world.db.close()  # its session may have died with a backend
        with people.acting(self.world.db, people.OPERATOR) as operator, people.acting(self.world.db, "postgres") as looker:
            people.open_refused(operator, looker, self.judge)
            people.lift_budget(operator, looker, self.judge, self.size.approvals)
        for member in [*self.fleet.members, *self.sealers]:
            member.must_live()
        end = time.monotonic() + sizes.DRAIN_S
        self.tool.wait_taken(sizes.DRAIN_S)
        self.wait_ended(end - time.monotonic())
        if self.tool.refusals:
            raise Finding(f"the receivers refused {len(self.tool.refusals)} requests that were in order: {self.tool.refusals[:3]}")

    def wait_ended(self, limit_s):
        open_jobs = "select count(*) from reclaim.job"
        try:
            wait_until(lambda: self.world.db.value(open_jobs) == 0, "every job ends", limit_s)
        except AssertionError:
            waiting = self.world.db.rows("select job_id, state, reason, next, attempts, crashes from reclaim.jobs where finished_at is null "
                                         "order by job_id limit 10")
            raise Finding(f"not drained: {self.world.db.value(open_jobs)} jobs are open {limit_s:.0f} s after the last fault, such as "
                          + json.dumps(waiting)) from None

    def look_after(self):
        self.tool.stop()
        for member in self.fleet.members:
            self.measure(member, "drained")
        self.search_secrets()
        for member in self.fleet.members:
            member.must_live()
            member.must_end()
        self.verify_evidence()

    def verify_evidence(self):
        """Everything is sealed, exported as an auditor does, and judged by both verifiers against the checkpoints of either sealer."""
        wait_sealed(self.world.db)
        pack = self.world.folder / "pack"
        status, said = evidence.export(self.world.db, pack)
        if status:
            raise Finding(f"the export failed: {said}")
        for sealer in self.sealers:
            sealer.must_live()
            if sealer.program.terminate() != 0:
                raise Finding(f"a sealer did not end in order:\n{sealer.program.tail()}")
            for name, judge in evidence.VERIFIERS.items():
                status, said = judge(pack, self.sealers[0].key, sealer.checkpoints)
                self.judge.measure("evidence", f"{name}, checkpoints of {sealer.folder.name}", good=status == 0, says=said)

    def measure(self, member, moment):
        ports = {self.fleet.proxy.port, self.fleet.proxy.upstream[1]}
        held = held_by(member.program.pid, ports, int(self.world.sandbox.url.rpartition(":")[2]), member.port)
        if moment == "fresh":
            held |= {"inbound": 0} if "inbound" in held else {}  # senders come and go; after the drain none is left
        self.judge.measure("resources", member.name, role=member.role, moment=moment, held=held)

    def search_secrets(self):
        search = Search({"webhook secret": SECRET, "new webhook secret": NEW_SECRET, "okta token": OKTA_TOKEN, "linear key": LINEAR_KEY,
                         "status token": STATUS_TOKEN, "seal key": self.sealers[0].secret()}, control=b"apr-1")
        search.database(self.world.db.url)
        if not search.control_found:
            raise Finding("the search for secrets does not even find an approval")
        for file in [file for _, _, file in self.fleet.log_files()] + [self.world.cluster.folder / "log", self.judge.sender_log]:
            search.file(file)
        for segment in sorted((self.world.cluster.folder / "data" / "pg_wal").glob("0*")):
            search.file(segment)
        for member in self.fleet.members:
            search.process(member.program.pid, member.name)
        for sealer in self.sealers:
            search.process(sealer.program.pid, sealer.folder.name)
            search.text("log of " + sealer.folder.name, "\n".join(sealer.program.lines).encode())
        search.text("statements", json.dumps(self.world.db.rows("select query from pg_stat_activity")).encode())
        for secret, where in search.found:
            self.judge.measure("secret", secret, where=where)

    def stand_down(self):
        """After a finding nobody does or sends anything more; what stands is judged."""
        self.fire.put_out()
        if self.tool:
            self.tool.stop()

    def collect(self):
        """What the programs said, for the checker and for the stories; returns the lines that no fault of this campaign explains."""
        out = []
        for member, clock_s, file in self.fleet.log_files():
            self.judge.program_log(member.name, file, clock_s)
            for line in file.read_text("utf-8", "replace").splitlines():
                if any(f'"event":"{event}"' in line for event in UNEXPECTED) or not line.startswith("{"):
                    out.append(f"{file.name}: {line}")
        return out

    def keep(self, folder):
        if folder.exists():
            shutil.rmtree(folder)
        self.judge.keep(folder)
        shutil.copytree(self.logs, folder / "logs")
        shutil.copy(self.world.cluster.folder / "log", folder / "postgres.log")
        with open(folder / "database.dump", "wb") as dump:
            subprocess.run(["pg_dump", "-Fc", self.world.db.url], stdout=dump, check=False)
