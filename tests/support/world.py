"""A whole Reclaim for one test: a fresh database, the sandbox, a receiver and workers; taken down at the end."""
import contextlib
import json
import shutil
import uuid

from database import Cluster
from harness import BIN, REPO, scratch_folder, wait_until
from programs import Program, Sandbox
from webhook import SECRET, approval, http_call, signed_headers

SOURCE = "itsm"
TEAM = "3b7d3585-029d-4490-80ce-6a44c6d9f081"
OKTA_TOKEN = "sandbox-okta-token"
LINEAR_KEY = "lin_api_sandbox"
STATUS_TOKEN = "status-token-of-itsm"
SANDBOX_CONFIG = {
    "okta": {"token": OKTA_TOKEN, "apps": ["figma", "slack"]},
    "linear": {"api_key": LINEAR_KEY, "teams": [{"id": TEAM, "key": "IT", "name": "IT"}]},
    "requester": {SOURCE: {"secrets": [SECRET]}},
}


def config_text(database_url, sandbox_url, worker=""):
    """The configuration of both programs, with every vendor played by the sandbox. worker: lines for its [worker] table."""
    return f"""\
[database]
conninfo = "{database_url}"

[receiver]
port = 0
ops.port = 0
log_level = "debug"

[receiver.sources.{SOURCE}]
secret_file = "webhook.secret"
status_token_file = "status.token"

[worker]
log = "debug"
{worker}

[connectors.okta]
recipe = "{REPO}/deploy/recipes/okta-app-assignment.toml"
url = "{sandbox_url}"
auth = "ssws"
token_file = "okta.token"

[apps.figma]
connector = "okta"
vars = {{ app_id = "figma" }}

[apps.slack]
connector = "okta"
vars = {{ app_id = "slack" }}

[linear]
url = "{sandbox_url}"
token_file = "linear.key"
ticket.team_id = "{TEAM}"

[confirmation.endpoints.{SOURCE}]
url = "{sandbox_url}/requester/{SOURCE}"
secret_file = "webhook.secret"
"""


class World(contextlib.ExitStack):
    """with World() as world. own_cluster: for tests that end PostgreSQL; worker: lines for the [worker] table. cluster, template: a
    cluster that the caller keeps, and a database there to begin with; trigger is then as the template has it."""

    def __init__(self, own_cluster=False, worker="", trigger=True, cluster=None, template=None):
        super().__init__()
        self.folder = scratch_folder("world")
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self.cluster = cluster or (Cluster.private() if own_cluster else Cluster.shared())
            if not cluster:
                self.callback(self.cluster.destroy)
            self.db = self.cluster.fresh_database(template) if template else self.cluster.fresh_database()
            if cluster or not self.cluster.folder:
                self.callback(self.cluster.drop, self.db)
            self.sandbox = Sandbox(self.folder, SANDBOX_CONFIG)
            self.callback(self.sandbox.kill9)
            for name, text in (("webhook.secret", SECRET), ("status.token", STATUS_TOKEN), ("okta.token", OKTA_TOKEN),
                               ("linear.key", LINEAR_KEY)):
                self.write_secret(name, text)
            self._worker_lines = worker
            self.receiver = None
            self.receiver_url = None
            self.ops_url = None
            if trigger and not template:
                self.db.row("select reclaim.set_trigger(true, 'test')")
        except BaseException:
            self.close()
            raise

    def write_secret(self, name, text):
        secret = self.folder / name
        secret.touch(mode=0o600)
        secret.write_text(text)

    def write_config(self, name, role, database_url=None, changes=()):
        """role: each program signs in with its own few rights. database_url: for a way to the database that a test controls.
        changes: (old, new) pieces of text, for what a test wants otherwise."""
        url = (database_url or self.db.url).replace("//postgres@", f"//{role}@")
        text = config_text(url, self.sandbox.url, self._worker_lines)
        for old, new in changes:
            if old not in text:
                raise AssertionError(f"the configuration has no {old!r} to change")
            text = text.replace(old, new)
        file = self.folder / f"{name}.toml"
        file.write_text(text)
        return file

    def launch_receiver(self, name="receiver", database_url=None, env=None):
        """The program, whatever becomes of it."""
        config = self.write_config(name, "reclaim_receiver", database_url)
        return self.started(Program([BIN / "reclaim-receiver", "--config", config], name, env=env))

    def launch_worker(self, name="worker", database_url=None, changes=(), env=None):
        config = self.write_config(name, "reclaim_worker", database_url, changes)
        return self.started(Program([BIN / "reclaim-worker", "run", "--config", config], name, env=env))

    def start_receiver(self, database_url=None):
        """Ready to accept when this returns."""
        self.receiver = self.launch_receiver(database_url=database_url)
        self.receiver.wait_line("receiver_started")
        ports = self.receiver.logged("receiver_started")[0]
        self.receiver_url, self.ops_url = (f"http://127.0.0.1:{ports[name]}" for name in ("port", "ops_port"))
        return self.receiver

    def start_worker(self, name="worker", database_url=None, changes=()):
        """Serving its metrics when this returns, at .ops_url."""
        worker = self.launch_worker(name, database_url, changes)
        worker.wait_line("worker_started")
        worker.ops_url = f"http://127.0.0.1:{worker.logged('worker_started')[0]['ops_port']}"
        return worker

    def worker_command(self, command, *arguments, database_url=None, changes=(), limit_s=30):
        """Runs another subcommand to its end; the Program, with its output."""
        config = self.write_config(command, "postgres" if command == "migrate" else "reclaim_worker", database_url, changes)
        program = Program([BIN / "reclaim-worker", command, "--config", config, *arguments], command)
        program.wait(limit_s)
        return program

    def started(self, program):
        self.callback(program.kill9)
        return program

    def flag(self, app, seat):
        """Detection flags the seat, and the vendor really holds it. The flag epoch."""
        self.sandbox.assign(app, seat)
        return self.db.value("select reclaim.flag_seat(%s, %s, %s)", app, seat, seat)

    def send(self, body, delivery_id=None, secret=SECRET, headers=None):
        """POST to the receiver as the approval tool does."""
        signed = signed_headers(body, delivery_id or "msg_" + uuid.uuid4().hex, secret)
        return http_call("POST", f"{self.receiver_url}/v1/webhooks/{SOURCE}", body, signed | (headers or {}))

    def enqueue(self, app, seat, flag_epoch=None, **changes):
        """The same without a receiver, by the one SQL call it makes. flag_epoch: of a seat that is flagged already."""
        body = approval(app, seat, flag_epoch or self.flag(app, seat), **{"callback_url": None, **changes}).decode()
        answer = self.db.row(
            "select * from reclaim.accept_webhooks(array[%s], array[%s], array['test'], array['seat.removal.approved'], "
            "array[convert_to(%s, 'UTF8')], array[sha256(convert_to(%s, 'UTF8'))], array[%s])",
            SOURCE, "msg_" + uuid.uuid4().hex, body, body, json.loads(body)["data"])
        if answer["verdict"] != "accepted":
            raise AssertionError(f"the approval was answered {answer}")
        self.db.row("select pg_notify('reclaim_job', '')")
        return answer["job_id"]

    def approve(self, app, seat, **changes):
        """Flags the seat, approves its removal through the receiver and returns the job's id."""
        answer = self.send(approval(app, seat, self.flag(app, seat), None, **changes))
        if answer.status != 202:
            raise AssertionError(f"the approval was answered {answer}")
        return answer.json["job_id"]

    def job(self, job_id):
        return self.db.row("select * from reclaim.jobs where job_id = %s", int(job_id))

    def events(self, job_id):
        """The job's story: the audit events in order."""
        return [row["event"] for row in
                self.db.rows("select event from reclaim.job_timeline where job_id = %s order by event_seq", int(job_id))]

    def audit(self, job_id, event):
        """The job's rows of this event, whole, in order."""
        return self.db.rows("select * from reclaim.journal where job_id = %s and event_type = %s order by event_seq", int(job_id),
                            event)

    def wait_event(self, job_id, event, limit_s=10):
        wait_until(lambda: event in self.events(job_id), f"job {job_id} has {event}", limit_s)

    def told(self, job_id):
        """What the requester has taken in about this job, in order."""
        bodies = [json.loads(delivery["body"]) for delivery in self.sandbox.deliveries()]
        return [body for body in bodies if body["data"]["job_id"] == int(job_id)]

    def metric(self, worker, name):
        """The sum over all labels; 0 when it was never counted."""
        lines = http_call("GET", worker.ops_url + "/metrics").body.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((name + " ", name + "{")))

    def wait_finished(self, *job_ids, limit_s=20):
        wanted = [int(job_id) for job_id in job_ids]
        count = f"select count(*) from reclaim.job_done where id in ({', '.join(map(str, wanted))})"
        wait_until(lambda: self.db.value(count) == len(wanted), f"jobs {wanted} finish", limit_s)
