"""One approval's way through one program, with at most one fault at one point, to its end and before the judge.

A story watches one program, its victim: everything that the victim says to PostgreSQL and to the other side of its HTTP passes through
proxies. Whoever takes over from it is not watched.
"""
import contextlib
import json
import random
import shutil
import signal

from approval_tool import ApprovalTool
from harness import expect, wait_until
from http_proxy import HttpProxy
from judge import Judge, now_us
from pg_proxy import PgProxy
from points.faults import FAULTS, LEASE_S
from points.watch import Watch
from webhook import approval
from world import SOURCE, World

SEAT = "u1"
WORKER = f"""
lease = "{LEASE_S}s"
poll = "200ms"
revoke_retry.base = "50ms"
revoke_retry.cap = "200ms"
ticket_retry.base = "50ms"
ticket_retry.cap = "200ms"
wait_for_ticket = "10s"
[confirmation]
schedule = [""" + ", ".join(['"100ms"'] * 20) + "]"
# Log lines that no fault here explains.
UNEXPECTED = ("attempt_broke", "task_failed", "record_refused", "worker_failed")
ENDS_IN_S = 30


class Unreached(Exception):
    """The run went another way and its point never came by."""


class Run(contextlib.ExitStack):
    """The ground that every story stands on. Its subclasses say play() and replace()."""
    template = role = None
    notices = notices_second = None  # log events of the first and of a second SIGTERM
    ends_at_second = None

    def __init__(self, lane, point=None, fault=None, env=None):
        """env: variables for the victim."""
        super().__init__()
        self.lane, self.env = lane, env
        self.victim = None
        self.programs = []
        self.terminating = self.met = False  # the victim has been told to end; the fault has happened
        self.fault = FAULTS[fault](self) if fault else None
        self.fault_kind, self.fault_since_us = f"{fault}_{self.role}", None
        self.watch = Watch(point, self.begin_fault)
        self.world = self.enter_context(World(worker=WORKER, cluster=lane.cluster, template=self.template))
        try:
            self.world.sandbox.assign("figma", SEAT)
            self.judge = Judge(self.world)
            self.pg = self.enter_context(PgProxy(self._port(self.world.db.url), self.watch.pg))
        except BaseException:
            self.close()
            raise

    def watched_database(self):
        port = self._port(self.world.db.url)
        return self.world.db.url.replace(f":{port}/", f":{self.pg.port}/")

    def started(self, program):
        self.programs.append(program)
        return program

    def begin_fault(self):
        self.fault_since_us = now_us()
        return self.fault.begin()

    def meet_fault(self, ended, what):
        """Waits until ended() or the point; the fault is carried out when it comes."""
        wait_until(lambda: self.watch.reached.is_set() or ended(), what, ENDS_IN_S, pause_s=0.03)
        if self.watch.has_come() and not self.met:
            self.met = True
            self.fault.finish()
            self.judge.fault(self.fault_kind, self.role, at_us=self.fault_since_us, until_us=now_us())

    def end_victim(self):
        """SIGTERM, if it has lived so far: the point may lie in how it ends."""
        self.meet_fault(lambda: True, "the point may have come by since")
        if self.met and self.fault.ends_victim:
            return
        expect(f"{self.victim.name} is alive", self.victim.alive(), True)
        self.terminating = True
        self.victim.signal(signal.SIGTERM)
        self.meet_fault(lambda: not self.victim.alive(), f"{self.victim.name} ends")
        if not (self.met and self.fault.ends_victim):
            expect(f"{self.victim.name} ended with", self.victim.wait(ENDS_IN_S), 0)

    def end_others(self):
        for program in self.programs:
            if program is not self.victim:
                program.wait_line("_started", 30)
                expect(f"{program.name} ended with", program.terminate(), 0)

    def wait_job(self):
        self.meet_fault(self.job_ended, "the job ends")
        wait_until(self.job_ended, "the job ends", ENDS_IN_S, pause_s=0.03)

    def job_ended(self):
        return self.world.db.value("select count(*) from reclaim.job_done") == 1

    def verdict(self):
        """Raises what is wrong."""
        if self.watch.point and not self.watch.reached.is_set():
            raise Unreached()
        # The approval may have been taken long before this run.
        expect("violated", self.judge.findings(quiet_seconds=3600), [])
        job = self.world.db.row("select * from reclaim.jobs")
        expect("the job ended as", job["state"], "removed")
        applied = self.world.sandbox.calls("okta.delete_app_user", effect="applied")
        tickets = self.world.sandbox.issues()
        # Whatever else a requester answers, 2xx says that it has the message.
        told = {call["webhook_id"]: json.loads(call["body"])["data"]["outcome"] for call in self.world.sandbox.calls("requester.post")
                if 200 <= call["status"] < 300}
        expect("removals, tickets, outcomes told", (len(applied), len(tickets), list(told.values())), (1, 1, ["removed"]))
        troubles = [line for program in self.programs for event in UNEXPECTED for line in program.logged(event)]
        expect("log lines that nothing explains", troubles, [])

    @staticmethod
    def _port(url):
        return int(url.rpartition(":")[2].partition("/")[0])


class WorkerRun(Run):
    """A worker starts, finds one approved removal, does it and is told to end. The approval was taken by a real receiver, once a lane."""
    template, role = "approved", "worker"
    notices, notices_second, ends_at_second = "worker_stopping", "stopped_at_once", 130

    def play(self):
        shutil.copy(self.lane.sender_log, self.judge.sender_log)
        vendors = self.enter_context(HttpProxy(self._port(self.world.sandbox.url), self.watch.http))
        self.victim = self.started(self.world.launch_worker("victim", self.watched_database(), [(self.world.sandbox.url, vendors.url)], self.env))
        self.wait_job()
        self.end_victim()
        self.end_others()
        self.verdict()

    def replace(self):
        self.started(self.world.launch_worker("successor"))


class ReceiverRun(Run):
    """A receiver starts, an approval arrives until it is taken, the receiver is told to end, and a worker does the rest."""
    template, role = "flagged", "receiver"
    notices, ends_at_second = "receiver_stopping", 1

    def play(self):
        self.front = self.enter_context(HttpProxy(1, self.watch.http))  # in front of whichever receiver lives
        self.victim = self.started(self.world.launch_receiver("victim", self.watched_database(), self.env))
        self.meet_fault(lambda: self.victim.logged("receiver_started"), "the receiver starts")
        self.stand_behind_front(self.programs[-1])
        tool = ApprovalTool(f"{self.front.url}/v1/webhooks/{SOURCE}", self.judge.sender_log, random.Random(1), threads=1)
        tool.plan(approval("figma", SEAT, 1, None))
        tool.start()
        try:
            self.meet_fault(lambda: tool.jobs, "the approval is taken")
            tool.wait_taken(ENDS_IN_S)
        finally:
            tool.stop()
        self.end_victim()
        self.started(self.world.launch_worker("worker"))
        self.wait_job()
        self.end_others()
        self.verdict()

    def stand_behind_front(self, receiver):
        line = json.loads(receiver.wait_line("receiver_started"))
        self.front.upstream = ("127.0.0.1", line["port"])

    def replace(self):
        successor = self.started(self.world.launch_receiver("successor"))
        self.stand_behind_front(successor)


STORIES = {"worker": WorkerRun, "receiver": ReceiverRun}
