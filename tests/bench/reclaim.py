"""Reclaim as a contestant. Another contestant is another class with the same methods: the cells know nothing else."""
import contextlib
import json
import pathlib
import shutil
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from database import Database  # noqa: E402
from harness import BIN, REPO, scratch_folder, wait_until  # noqa: E402
from measure import Void, scrape  # noqa: E402
from programs import Program, Sandbox  # noqa: E402
from webhook import SECRET  # noqa: E402
from world import LINEAR_KEY, OKTA_TOKEN, SANDBOX_CONFIG, SOURCE, TEAM  # noqa: E402

APP = "figma"
IN_FLIGHT = 500
ENQUEUE_BATCH = 500

# The receiver's own database call, with bodies and facts of the size reclaim-load sends.
ENQUEUE = """
    select count(*) filter (where r.verdict = 'accepted') from (
        select array_agg('{source}'::text) as sources, array_agg('msg_bench_' || i) as deliveries, array_agg('bench'::text) as keys,
            array_agg('seat.removal.approved'::text) as types, array_agg(convert_to(body, 'UTF8')) as bodies,
            array_agg(sha256(convert_to(body, 'UTF8'))) as digests, array_agg(facts) as facts
        from (
            select i, facts, '{{"data":' || facts || ',"type":"seat.removal.approved","timestamp":"' || reclaim.iso(now()) || '"}}' as body
            from generate_series(1, {count}) as i, lateral (select json_build_object('approval_id', 'apr_bench_' || i, 'app', '{app}',
                'seat', 's' || i, 'flag_epoch', 1, 'subject', 'u' || i, 'approver', 'it.lead@example.com', 'requester',
                'finops@example.com', 'reason', 'not used for 90 days', 'approved_at', reclaim.iso(now()),
                'expires_at', reclaim.iso(now() + interval '1 day'))::text as facts) as f) as each
        group by (i - 1) / {batch} order by (i - 1) / {batch}) as b,
        reclaim.accept_webhooks(sources, deliveries, keys, types, bodies, digests, facts) as r"""


class Reclaim(contextlib.ExitStack):
    """A fresh database and a fresh sandbox with `seats` seats, all flagged; programs as they are asked for."""

    name = "reclaim"

    def __init__(self, cluster, seats):
        super().__init__()
        self.folder = scratch_folder("bench")
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            name = f"bench_{uuid.uuid4().hex[:12]}"
            cluster.admin.run(f"create database {name}")
            self.db = Database(cluster.url_of(name))
            self.callback(cluster.drop, self.db)
            self.db.migrate()
            self.sandbox = Sandbox(self.folder, SANDBOX_CONFIG)
            self.callback(self.sandbox.kill9)
            self.receiver = self.receiver_ops = None
            self.workers = []
            self._write_files()
            self.db.value("select reclaim.set_trigger(true, 'benchmark')")
            if seats:
                self.sandbox.control("POST", "/okta/assign", {"app": APP, "prefix": "u", "from": 1, "count": seats, "scope": "USER"})
                self.db.value(f"select count(reclaim.flag_seat('{APP}', 's' || i, 'u' || i)) from generate_series(1, {seats}) as i")
        except BaseException:
            self.close()
            raise

    def settle(self):
        """Statistics as autovacuum keeps them on a database that has lived a while, and nothing left to write."""
        self.db.run("vacuum analyze;\ncheckpoint")

    # Taking approvals in.

    def start_receiver(self):
        self.receiver = self._program([BIN / "reclaim-receiver", "--config", self._config("receiver")], "receiver")
        self.receiver.wait_line("receiver_started")
        ports = self.receiver.logged("receiver_started")[0]
        self.receiver_ops = f"http://127.0.0.1:{ports['ops_port']}"
        return f"http://127.0.0.1:{ports['port']}/v1/webhooks/{SOURCE}", self.folder / "webhook.secret"

    def commits(self):
        """Transactions that recorded approvals, and approvals in them, so far."""
        seen = scrape(self.receiver_ops)
        return seen["reclaim_receiver_batch_size_count"], seen["reclaim_receiver_batch_size_sum"]

    def check_recorded(self, sent_log):
        """Every approval answered 202 is in the database with the very bytes that were sent, once."""
        with open(sent_log, encoding="utf-8") as lines:
            sent = [json.loads(line) for line in lines]
        wanted = {line["approval_id"]: line["body_sha256"] for line in sent if line["status"] == 202}
        rows = self.db.rows("""select a.approval_ref, encode(sha256(a.body), 'hex') as digest
            from reclaim.approval a join reclaim.job j on j.id = a.id""")
        found = {row["approval_ref"]: row["digest"] for row in rows}
        missing = [name for name, digest in wanted.items() if found.get(name) != digest]
        if missing or len(found) != len(rows):
            raise Void(f"{len(missing)} acknowledged approvals are not recorded as sent, such as {missing[:3]}")

    # Doing jobs.

    def enqueue(self, count):
        accepted = self.db.value(ENQUEUE.format(source=SOURCE, app=APP, count=count, batch=ENQUEUE_BATCH))
        if accepted != count:
            raise Void(f"{accepted} of {count} approvals were accepted")

    def start_worker(self):
        """Does not wait until it is ready: starting up is part of what is measured."""
        worker = self._program([BIN / "reclaim-worker", "run", "--config", self._config("worker")], "worker")
        self.workers.append(worker)
        return worker

    def finished(self):
        return self.db.value("select count(*) from reclaim.job_done")

    def finished_at(self):
        """Epoch seconds of the last one."""
        return float(self.db.value("select extract(epoch from max(finished_at)) from reclaim.job_done"))

    def check_removed(self, count):
        """Every job ended in a removal, and by the vendors' own record each effect happened once."""
        ended = self.db.rows("select outcome, count(*) from reclaim.job_done group by 1")
        if ended != [{"outcome": "removed", "count": count}]:
            raise Void(f"of {count} jobs these ended: {ended}")
        wanted = {"okta.delete_app_user": "user", "linear.issueCreate": "client_uuid", "requester.post": "approval_id"}
        seen = {op: [] for op in wanted}
        for call in self.sandbox.calls():
            if call["op"] in wanted and call["effect"] == "applied":
                seen[call["op"]].append(call[wanted[call["op"]]])
        for op, who in seen.items():
            if len(who) != count or len(set(who)) != count:
                raise Void(f"{op} had its effect {len(who)} times for {len(set(who))} of {count} jobs")

    def first_vendor_calls(self):
        """Seat number to the moment (epoch µs) at which the vendor had the first request about it."""
        first = {}
        for call in self.sandbox.calls("okta.get_app_user"):
            number = int(call["user"][1:])
            first[number] = min(first.get(number, call["arrived_us"]), call["arrived_us"])
        return first

    def stop_programs(self):
        """Ends receiver and workers and waits until their sessions are gone and have reported their counters."""
        for program in [self.receiver, *self.workers]:
            if program and program.alive():
                program.terminate()
        self.receiver, self.workers = None, []
        wait_until(lambda: self.db.value("""select count(*) from pg_stat_activity
            where datname = current_database() and application_name like 'reclaim-%%'""") == 0, "sessions end")
        time.sleep(0.1)  # the counters are reported just after a session has left the list

    def _program(self, arguments, name):
        program = Program(arguments, name)
        self.callback(program.kill9)
        return program

    def _write_files(self):
        secrets = {"webhook.secret": SECRET, "okta.token": OKTA_TOKEN, "linear.key": LINEAR_KEY}
        for name, text in secrets.items():
            file = self.folder / name
            file.touch(mode=0o600)
            file.write_text(text)
        # The shipped limit spares a real Okta tenant; here it would only measure itself.
        recipe = (REPO / "deploy" / "recipes" / "okta-app-assignment.toml").read_text()
        lifted = recipe.replace("in_flight_max = 30 ", f"in_flight_max = {IN_FLIGHT} ")
        assert lifted != recipe, "the recipe's limit is not where it was"
        (self.folder / "okta.toml").write_text(lifted)

    def _config(self, program):
        file = self.folder / f"{program}.toml"
        if file.exists():  # a program that starts may be reading it
            return file
        url = self.db.url.replace("//postgres@", f"//reclaim_{program}@")
        file.write_text(f"""\
[database]
conninfo = "{url}"
[receiver]
port = 0
ops.port = 0
[receiver.sources.{SOURCE}]
secret_file = "webhook.secret"
[worker]
in_flight_max = {IN_FLIGHT}
[connectors.okta]
recipe = "okta.toml"
url = "{self.sandbox.url}"
auth = "ssws"
token_file = "okta.token"
[apps.{APP}]
connector = "okta"
vars = {{ app_id = "{APP}" }}
[linear]
url = "{self.sandbox.url}"
token_file = "linear.key"
ticket.team_id = "{TEAM}"
[confirmation.endpoints.{SOURCE}]
url = "{self.sandbox.url}/requester/{SOURCE}"
secret_file = "webhook.secret"
""")
        return file
