"""Reclaim as a contestant."""
from contestant import APP, Stand, once
from harness import BIN, REPO
from measure import Void, scrape
from world import SOURCE, TEAM

IN_FLIGHT = 500
ENQUEUE_BATCH, ENQUEUE_AT_ONCE = 500, 20_000

# What must differ in a copied row: numbers by more than there are, names by a suffix.
COPIED = dict.fromkeys(("id", "job_id"), "t.{0} + n * 1000000") | dict.fromkeys(("approval_ref", "delivery_id", "message_id"),
                                                                                "t.{0} || '-' || n")
COPIED["visible_at"] = "t.{0} + n * interval '1 microsecond'"

# The receiver's own database call, with bodies and facts of the size reclaim-load sends.
ENQUEUE = """
    select count(*) filter (where r.verdict = 'accepted') from (
        select array_agg('{source}'::text) as sources, array_agg('msg_bench_' || i) as deliveries, array_agg('bench'::text) as keys,
            array_agg('seat.removal.approved'::text) as types, array_agg(convert_to(body, 'UTF8')) as bodies,
            array_agg(sha256(convert_to(body, 'UTF8'))) as digests, array_agg(facts) as facts
        from (
            select i, facts, '{{"data":' || facts || ',"type":"seat.removal.approved","timestamp":"' || reclaim.iso(now()) || '"}}' as body
            from generate_series({first}, {last}) as i, lateral (select json_build_object('approval_id', 'apr_bench_' || i, 'app', '{app}',
                'seat', 's' || i, 'flag_epoch', 1, 'subject', 'u' || i, 'approver', 'it.lead@example.com', 'requester',
                'finops@example.com', 'reason', 'not used for 90 days', 'approved_at', reclaim.iso(now()),
                'expires_at', reclaim.iso(now() + interval '1 day'))::text as facts) as f) as each
        group by (i - 1) / {batch} order by (i - 1) / {batch}) as b,
        reclaim.accept_webhooks(sources, deliveries, keys, types, bodies, digests, facts) as r"""


class Reclaim(Stand):
    """A fresh database and a fresh sandbox with `seats` seats, all flagged; programs as they are asked for."""

    name = "reclaim"
    intakes = ("batched",)
    steady_rate = 1000
    claim_pattern = "reclaim.claim_jobs("

    @staticmethod
    def prepare_template(db):
        db.migrate()
        db.value("select reclaim.set_trigger(true, 'benchmark')")

    def get_ready(self):
        self.receiver_ops = None
        # The shipped limit spares a real Okta tenant; here it would only measure itself.
        recipe = (REPO / "deploy" / "recipes" / "okta-app-assignment.toml").read_text()
        lifted = recipe.replace("in_flight_max = 30 ", "in_flight_max = 512 ")
        assert lifted != recipe, "the recipe's limit is not where it was"
        (self.folder / "okta.toml").write_text(lifted)

    def flag(self, seats):
        self.db.value(f"select count(reclaim.flag_seat('{APP}', 's' || i, 'u' || i)) from generate_series(1, {seats}) as i")

    # Taking approvals in.

    def start_receiver(self, _intake="batched"):
        self.receiver = self.program([BIN / "reclaim-receiver", "--config", self._config("receiver")], "receiver")
        self.receiver.wait_line("receiver_started")
        ports = self.receiver.logged("receiver_started")[0]
        self.receiver_ops = f"http://127.0.0.1:{ports['ops_port']}"
        return f"http://127.0.0.1:{ports['port']}/v1/webhooks/{SOURCE}", self.folder / "webhook.secret"

    def commits(self):
        seen = scrape(self.receiver_ops)
        return seen["reclaim_receiver_batch_size_count"], seen["reclaim_receiver_batch_size_sum"]

    def recorded(self):
        return once(self.db.rows("""select a.approval_ref, encode(sha256(a.body), 'hex') as digest
            from reclaim.approval a join reclaim.job j on j.id = a.id"""), "approval_ref", "digest")

    # Doing jobs.

    def enqueue(self, count, first=1):
        accepted = sum(self.db.value(ENQUEUE.format(source=SOURCE, app=APP, first=each, batch=ENQUEUE_BATCH,
                                                    last=min(each + ENQUEUE_AT_ONCE, first + count) - 1))
                       for each in range(first, first + count, ENQUEUE_AT_ONCE))
        if accepted != count:
            raise Void(f"{accepted} of {count} approvals were accepted")

    def in_flight(self, _latency_ms):
        return IN_FLIGHT

    def start_worker(self, in_flight):
        """Does not wait until it is ready: starting up is part of what is measured."""
        config = self._config("worker", in_flight)
        worker = self.program([BIN / "reclaim-worker", "run", "--config", config], "worker")
        self.workers.append(worker)
        return worker

    def finished(self):
        return self.db.value("select count(*) from reclaim.job_done")

    def finished_at(self):
        return float(self.db.value("select extract(epoch from max(finished_at)) from reclaim.job_done"))

    def overdue(self):
        return self.db.value("select count(*) from reclaim.job where visible_at <= reclaim.clock() - interval '1 second'")

    def count_jobs(self):
        return self.db.row("select (select count(*) from reclaim.job) as waiting, (select count(*) from reclaim.job_done) as finished")

    def shift_due(self, by, newest):
        self.db.run(f"""set session_replication_role = replica; update reclaim.job set visible_at = visible_at + interval '{by}'
            where id in (select id from reclaim.job order by id desc limit {newest})""")

    def multiply(self, times):
        for table in ("approval", "delivery", "audit", "outbox", "job", "job_done"):
            columns = [row["name"] for row in self.db.rows(f"""select attname as name from pg_attribute
                where attrelid = 'reclaim.{table}'::regclass and attnum > 0 and attidentity = '' and attgenerated = '' order by attnum""")]
            values = ", ".join(COPIED.get(name, "t.{0}").format(name) for name in columns)
            self.db.run(f"""insert into reclaim.{table} ({", ".join(columns)}) select {values}
                from reclaim.{table} t, generate_series(1, {times}) as n""")
        self.db.run("select setval('reclaim.approval_id', (select max(id) from reclaim.approval))")

    def check_ended(self, count):
        ended = self.db.rows("select outcome, count(*) from reclaim.job_done group by 1")
        if ended != [{"outcome": "removed", "count": count}]:
            raise Void(f"of {count} jobs these ended: {ended}")

    def _config(self, program, in_flight=IN_FLIGHT):
        file = self.folder / f"{program}-{in_flight}.toml"
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
in_flight_max = {in_flight}
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
