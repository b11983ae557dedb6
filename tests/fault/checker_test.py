#!/usr/bin/env python3
"""The checker is worth what it catches: a clean run shows no violation, and each invariant fires on a violation planted for it alone."""
import hashlib
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "checker"))
import check
from database import Cluster
from harness import expect, main, scratch_folder, test

WORKER = "00000000-0000-4000-8000-000000000001"
POLICY = '{"approval_age_max": "720 hours"}'


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Sample:
    """A small run by hand: the product's side through its own SQL functions, the other side as the lines its logs would have."""

    def __init__(self, db):
        self.db = db
        self.client, self.sandbox, self.fault, self.program, self.measure = [], [], [], [], []

    def now_us(self):
        return self.db.value("select (extract(epoch from clock_timestamp()) * 1e6)::bigint")

    # --- the sender

    def flag(self, user):
        return self.db.value("select reclaim.flag_seat('figma', %s, %s)", user, user)

    def webhook(self, ref, user, kind="approved", webhook_id=None, event="seat.removal.approved", status=202, approver="boss", **claims):
        """What the receiver would record, unless it answers with an error, and the sender's line."""
        facts = {"approval_id": ref, "app": "figma", "seat": user, "flag_epoch": 1, "subject": user, "approver": approver,
                 "approved_at": "2026-01-01T00:00:00Z" if kind == "stale" else self.db.value("select reclaim.iso(reclaim.clock())"), "kind": kind}
        body = json.dumps(facts)
        known = next((c for c in self.client if c["webhook_id"] == (webhook_id or f"msg_{ref}")), None)
        if kind == "repeat":
            body = known["body"]
        if status in (202, 409):
            self.db.value("select verdict from reclaim.accept_webhooks(array['portal'], array[%s], array['key-1'], array[%s], "
                          "array[convert_to(%s, 'UTF8')], array[sha256(convert_to(%s, 'UTF8'))], array[%s])",
                          webhook_id or f"msg_{ref}", event, body, body, body)
        self.client.append({"req_no": len(self.client) + 1, "webhook_id": webhook_id or f"msg_{ref}", "approval_id": ref,
                            "body_sha256": sha256(body), "signed_ok": True, "in_window": True, "sent_at_us": self.now_us(), "status": status,
                            "kind": kind, "body": body, **claims})
        return self.db.value("select id from reclaim.approval where approval_ref = %s", ref)

    def approve(self, ref, user):
        self.flag(user)
        return self.webhook(ref, user)

    # --- the worker

    def claim(self, job):
        self.db.rows("select job_id from reclaim.claim_jobs(%s, 1000, '15 seconds', '-infinity', 3)", WORKER)
        return self.lease(job)

    def lease(self, job):
        row = self.db.row("select id, fence, claim_token from reclaim.job where id = %s", job)
        return row["id"], row["fence"], row["claim_token"]

    def requeue(self, job, why):
        self.db.value("select reclaim.requeue(%s, %s)", job, why)
        self.db.run(f"set session_replication_role = replica; update reclaim.job set visible_at = now() where id = {job}")  # a running holder has time to stop

    def begin(self, job):
        held = self.claim(job)
        return self.db.row("select verdict, operation_key from reclaim.begin_revokes(array[%s]::bigint[], array[%s]::bigint[], array[%s]::uuid[], "
                           "'{okta}', %s)", *held, POLICY)["operation_key"], held[1]

    def begun(self, job):
        """Key and fence of the last intent."""
        row = self.db.row("select operation_key, fence from reclaim.audit where job_id = %s and event_type = 'revoke_attempted' "
                          "order by event_seq desc limit 1", job)
        return row["operation_key"], row["fence"]

    def record(self, job, outcome):
        ticket = f"ticket-{job}"
        self.db.rows("select reclaim.record_removals(array[%s]::bigint[], array[%s]::bigint[], array[%s]::uuid[], array[%s], array[null::text], "
                     "'{DELETE}', '{204}', '{r}', '{\"{}\"}', array[%s], '{body}', '{okta}', '1 minute')", *self.lease(job), outcome, ticket)
        self.call("linear", "linear.issueCreate", effect="applied", client_uuid=ticket, created=True)
        self.db.rows("select message_id from reclaim.record_tickets(array[%s]::bigint[], array[%s]::bigint[], array[%s]::uuid[], array[%s], "
                     "'{OPS-1}', '{https://linear.example/OPS-1}')", *self.lease(job), ticket)
        self.confirm(job)

    def confirm(self, job):
        """Every message the job owes its requester is delivered."""
        for message in self.db.rows("select message_id, body from reclaim.outbox where job_id = %s and topic = 'confirmation' and state = 'pending' "
                                    "order by created_at", job):
            body = json.loads(message["body"])
            self.call("requester", "requester.post", status=204, effect="applied", endpoint="desk", webhook_id=message["message_id"], sig_ok=True,
                      body_sha256=sha256(message["body"]), says=body["type"], approval_id=body["data"]["approval_id"], body=message["body"])
            if self.db.value("select claim_token from reclaim.job where id = %s", job) is None:
                self.claim(job)
            self.db.rows("select reclaim.record_confirmations(array[%s]::bigint[], array[%s]::bigint[], array[%s]::uuid[], array[%s], '{204}')",
                         *self.lease(job), message["message_id"])

    def setback(self, job, kind, effect_possible=False):
        self.db.rows("select reclaim.record_setback(%s, %s, %s, %s, %s, 'code', 'text', '0', null, 5, 'op', 500, 'r', 'okta')", *self.lease(job),
                     kind, effect_possible)

    # --- the vendors

    def call(self, vendor, op, status=200, effect="none", fault="", replied=True, **fields):
        number, now = sum("call_no" in line for line in self.sandbox) + 1, self.now_us()
        self.sandbox.append({"call_no": number, "at_us": now, "arrived_us": now, "vendor": vendor, "op": op, "method": "POST", "path": "/",
                             "status": status, "effect": effect, "fault": fault, **fields})
        self.sandbox.append({"reply_of": number, "replied": replied})

    def look(self, user, key, fence, status=200):
        """404: the seat is gone."""
        self.call("okta", "okta.get_app_user", status, app="figma", user=user, op_key=key, fence=str(fence))

    def delete(self, user, key, fence, effect="applied", **more):
        self.call("okta", "okta.delete_app_user", status=204, effect=effect, app="figma", user=user, op_key=key, fence=str(fence), generation=1, **more)

    def remove(self, job, user):
        key, fence = self.begin(job)
        self.look(user, key, fence)
        self.delete(user, key, fence)
        self.look(user, key, fence, 404)
        self.record(job, "removed")

    def play(self):
        """One of everything that may happen in a good run."""
        self.remove(self.approve("plain", "u1"), "u1")

        twice = self.approve("twice", "u2")
        self.webhook("twice", "u2", "repeat")
        self.webhook("twice", "u2", "renamed", webhook_id="msg_again")
        self.webhook("twice", "u2", "changed", status=409, approver="mallory")
        self.webhook("forged", "u2", "forged", status=401, signed_ok=False)
        self.webhook("stale", "u2", "stale", status=401, in_window=False)
        self.webhook("lost", "u2", status=503)
        self.webhook("unheard", "u2", status=0, receiver="receiver-1")
        self.fault.append({"at_us": self.now_us(), "kind": "kill_receiver", "target": "receiver-1"})
        self.remove(twice, "u2")

        cleared = self.approve("cleared", "u3")
        self.db.value("select reclaim.unflag_seat('figma', 'u3')")
        self.begin(cleared)
        self.confirm(cleared)

        winner, loser = self.approve("winner", "u4"), self.webhook("loser", "u4")
        self.remove(winner, "u4")
        self.begin(loser)
        self.confirm(loser)

        late = self.approve("late", "u5")
        key, fence = self.begin(late)
        self.db.value("select reclaim.unflag_seat('figma', 'u5')")
        self.look("u5", key, fence)
        self.delete("u5", key, fence)
        self.look("u5", key, fence, 404)
        self.record(late, "removed")

        failed = self.approve("failed", "u6")
        self.begin(failed)
        self.setback(failed, "refused")
        self.confirm(failed)

        absent = self.approve("absent", "u7")
        self.look("u7", *self.begin(absent), 404)
        self.record(absent, "already_absent")

        # A worker sleeps before its call, another dies after its own, a third looks and records; then the first one's call comes in, too late.
        crashed = self.approve("crashed", "u8")
        key, fence = self.begin(crashed)
        self.look("u8", key, fence)
        self.requeue(crashed, "the worker sleeps")
        self.look("u8", *self.begin(crashed))
        self.delete("u8", *self.begun(crashed), fault="apply_then_reset", replied=False)
        self.fault.append({"at_us": self.now_us(), "kind": "kill_worker", "target": "worker-1"})
        self.requeue(crashed, "the worker is gone")
        self.look("u8", *self.begin(crashed), 404)
        self.delete("u8", key, fence, effect="none")
        self.record(crashed, "removed")
        self.program.append({"at_us": self.now_us(), "by": "worker-1", "event": "lease_lost", "job": crashed, "fence": fence, "how": "record_refused"})

        cancelled = self.approve("cancelled", "u9")
        self.begin(cancelled)
        self.setback(cancelled, "retry")
        self.requeue(cancelled, "at once")
        self.db.value("select reclaim.cancel(%s, 'not after all')", cancelled)
        self.confirm(cancelled)

        for moment in ("fresh", "drained"):
            self.measure.append({"at_us": self.now_us(), "what": "resources", "subject": "worker-1", "role": "worker", "moment": moment,
                                 "held": {"other": 9, "threads": 3, "rss_kb": 20000, "database": 4, "vendor": 10}})

        held = self.approve("held", "u10")
        self.db.value("select reclaim.hold(%s, 'look into it')", held)
        self.confirm(held)

    def write(self, folder):
        def lines(name, entries):
            (folder / name).write_text("".join(json.dumps({k: v for k, v in e.items() if not (name == "client" and k == "body")}) + "\n" for e in entries))

        def held(name, users):
            (folder / name).write_text(json.dumps({"users": {user: {"status": "ACTIVE", "generation": 1} for user in users}}))

        lines("client", self.client)
        lines("sandbox", self.sandbox)
        lines("fault", self.fault)
        lines("program", self.program)
        lines("measure", self.measure)
        users = [f"u{n}" for n in range(1, 11) if n != 7]
        held("before", users)
        held("after", [user for user in users if user in ("u3", "u6", "u9", "u10")])
        return {"logs": {name: [folder / name] for name in check.LOGS}, "before": [("figma", folder / "before")],
                "after": [("figma", folder / "after")], "minimum": [("kill_worker", 1), ("late_call", 1), ("refused_write", 1)]}


JOB = "(select id from reclaim.approval where approval_ref = '{}')"
KEY = "(select operation_key from reclaim.audit t where t.job_id = " + JOB + " and operation_key is not null limit 1)"


def again(ref, change):
    """Another call like the first removing one of this job, with changes."""
    return (f"insert into checker.line select 'sandbox', entry || '{{\"call_no\": 1000}}' || {change} from checker.line "
            f"where entry ->> 'op' = 'okta.delete_app_user' order by entry ->> 'op_key' = {KEY.format(ref)} desc limit 1;")


def call_of(ref, op, change):
    return f"update checker.line set entry = entry || {change} where entry ->> 'op' = '{op}' and entry ->> 'approval_id' = '{ref}';"


LOOK = "entry ->> 'op' = 'okta.get_app_user' and entry ->> 'op_key' = " + KEY.format("plain")
NOW_US = "(extract(epoch from clock_timestamp()) * 1e6)::bigint"
AS_ABSENT = "jsonb_build_object('op_key', " + KEY.format("absent") + ", 'fence', '1', 'user', 'u7', 'arrived_us', " + NOW_US + ")"
AS_CANCELLED = "jsonb_build_object('op_key', " + KEY.format("cancelled") + ", 'fence', '1', 'user', 'u9', 'arrived_us', " + NOW_US + ")"
SWAP_LOSER = "".join(f"update reclaim.audit set event_seq = {new} where job_id = {JOB.format('loser')} and event_seq = {old};"
                     for old, new in ((2, 100), (3, 2), (100, 3)))

# id: the plant, and what else it cannot but violate.
PLANTS = {
    "I01": ("insert into checker.line select 'client', entry || '{\"webhook_id\": \"msg_x\", \"approval_id\": \"x\"}' from checker.line "
            "where log = 'client' and entry ->> 'approval_id' = 'plain';"
            "insert into reclaim.delivery values ('portal', 'msg_x', 0, now(), 'seat.removal.approved', '', 'accepted', 1);", ()),
    "I02": ("delete from checker.line where log = 'client' and entry ->> 'approval_id' = 'plain';", ()),
    "I03": (f"delete from reclaim.job_done where id = {JOB.format('loser')};", ()),
    "I04": (f"insert into reclaim.job (id, state, outcome, visible_at, event_seq, created_at) select id, 'deliver', outcome, 'infinity', event_seq, "
            f"created_at from reclaim.job_done where id = {JOB.format('loser')}; delete from reclaim.job_done where id = {JOB.format('loser')};", ()),
    "I05": (again("plain", "'{}'"), ("I36",)),
    "I06": (f"update reclaim.audit set recorded_at = recorded_at + interval '1 second' where event_type = 'revoke_attempted' "
            f"and job_id = {JOB.format('plain')};", ()),
    "I07": (again("plain", AS_CANCELLED), ("I09", "I36")),
    "I08": ("insert into checker.assignment values ('after', 'figma', 'u1', 1);", ("I30",)),
    "I09": (again("plain", AS_ABSENT), ("I36",)),
    "I10": (f"update reclaim.audit set event_type = 'attempt_failed' where event_type = 'ticket_opened' and job_id = {JOB.format('plain')};", ()),
    "I11": (f"update reclaim.job_done set event_seq = event_seq + 1 where id = {JOB.format('plain')};", ()),
    "I12": (f"update reclaim.audit set fence = 0 where event_type = 'requester_confirmed' and job_id = {JOB.format('plain')};", ()),
    "I13": (SWAP_LOSER, ()),
    "I14": (f"delete from checker.line where entry ->> 'client_uuid' = 'ticket-' || {JOB.format('plain')};", ()),
    "I15": (call_of("plain", "requester.post", "'{\"body_sha256\": \"00\"}'"), ()),
    "I16": (call_of("plain", "requester.post", "'{\"sig_ok\": false}'"), ()),
    "I17": (call_of("absent", "requester.post", "jsonb_build_object('body', replace(entry ->> 'body', 'already_absent', 'removed'))"), ()),
    "I18": (f"update checker.line set entry = entry || jsonb_build_object('effect', case entry ->> 'effect' when 'none' then 'applied' else 'none' end) "
            f"where entry ->> 'op' = 'okta.delete_app_user' and entry ->> 'op_key' = {KEY.format('crashed')};", ("I34",)),
    "I19": ("update checker.line set entry = entry || '{\"status\": 202}' where entry ->> 'kind' = 'changed';", ()),
    "I20": ("delete from reclaim.delivery where delivery_id = 'msg_twice' and copy <> 0;", ()),
    "I21": ("update reclaim.approval set seat = 'u1' where approval_ref = 'absent';", ()),
    "I22": ("update reclaim.audit set event_type = 'attempt_failed' where event_type = 'compensation_needed';", ()),
    "I23": (f"update reclaim.outbox set state = 'pending' where topic = 'ticket' and job_id = {JOB.format('plain')};", ()),
    "I24": ("update reclaim.audit set detail = null where event_type = 'revoke_failed';", ()),
    "I25": (f"update reclaim.audit set attempt = 13 where event_type = 'revoke_attempted' and job_id = {JOB.format('plain')};", ()),
    "I26": (f"update reclaim.job set claim_token = gen_random_uuid() where id = {JOB.format('held')};", ()),
    "I27": ("insert into checker.line values ('measure', '{\"what\": \"evidence\", \"subject\": \"verify.py\", \"good\": false, \"says\": \"BAD\"}');", ()),
    "I28": ("insert into checker.line values ('measure', '{\"what\": \"secret\", \"subject\": \"okta token\", \"where\": \"worker-1.log\"}');", ()),
    "I29": ("update checker.line set entry = jsonb_set(entry, '{held,database}', '5') where log = 'measure' and entry ->> 'moment' = 'drained';", ()),
    "I30": ("insert into checker.assignment values ('before', 'figma', 'u99', 1);", ()),
    "I31": ("update checker.line set entry = entry || '{\"status\": 422}' where entry ->> 'kind' = 'forged';", ()),
    "I32": ("insert into checker.minimum values ('kill_receiver', 2);", ()),
    "I33": (f"update reclaim.audit set recorded_at = recorded_at - interval '1 hour' where event_type = 'received' and job_id = {JOB.format('held')};", ()),
    "I34": ("update checker.minimum set n = 2 where kind = 'late_call';", ()),
    "I35": ("update reclaim.audit set flag_epoch = 2 where event_type = 'seat_flagged' and audit_id in (select audit_id from reclaim.audit_personal "
            "where seat = 'u1');", ()),
    "I36": (f"delete from checker.line where {LOOK} and entry ->> 'status' = '200';", ()),
    "I37": ("update reclaim.seat set state = 'flagged' where seat = 'u1';", ()),
    "I38": (f"update checker.line set entry = entry || '{{\"status\": 200}}' where {LOOK};", ()),
    "I39": ("do $$ begin perform reclaim.set_budget('approver:boss', '1 day', 'too late', 1); end $$;", ()),
    "I40": ("do $$ begin perform reclaim.place_legal_hold('u1', 'too late', 'figma'); end $$;" + "".join(
            f"update reclaim.{table} set audit_id = -1 where audit_id = (select max(audit_id) from reclaim.{table});" for table in ("audit_personal", "audit")), ()),
    "I41": ("update checker.setting set value = 3600000 where name = 'grace_ms';", ()),
}

cluster = Cluster.shared()
folder = scratch_folder("checker")
db = cluster.fresh_database()


def violated(plant=""):
    # Plants bypass whatever protects the tables: that protection is not what is tried here.
    prepare = f"set local session_replication_role = replica;\n{plant}\nselect from checker.unfold();\n" if plant else ""
    return {found.invariant.id: found for found in check.run(db.url, prepare) if found.count}


@test
def a_clean_run_violates_nothing():
    db.value("select reclaim.set_trigger(true, 'tests')")
    sample = Sample(db)
    sample.play()
    check.load(db.url, **sample.write(folder))
    expect("violations", {name: found.first for name, found in violated().items()}, {})
    endings = db.rows("select ended_as, count(*) as n from checker.t_job group by 1 order by 1")
    expect("endings", {row["ended_as"]: row["n"] for row in endings},
           {"removed": 5, "already_absent": 1, "refused": 1, "superseded": 1, "cancelled": 1, "failed": 1, None: 1})


def plant_alone(name):
    statement, inevitable = PLANTS[name]

    def fires():
        found = violated(statement)
        expect("violated", sorted(found), sorted({name, *inevitable}))
        if not found[name].first[0]["what"]:
            raise AssertionError("a violation must say what is wrong")

    fires.__name__ = f"{name}_fires_on_a_violation_planted_for_it" + (f"_with_{'_'.join(inevitable)}" if inevitable else "_and_no_other")
    test(fires)


for name in PLANTS:
    plant_alone(name)


@test
def every_invariant_has_been_red():
    expect("planted", sorted(PLANTS), [each.id for each in check.invariants()])


@test
def the_report_tells_the_first_violation_and_the_story_of_its_job():
    db.run("set session_replication_role = replica; update checker.setting set value = 1 where name = 'attempts_max'; update reclaim.audit set attempt = 2 where event_type = "
           f"'revoke_attempted' and job_id = {JOB.format('crashed')}")
    text = check.report(db.url, list(violated().values()))
    for part in ("I25 Attempts are bounded.", "attempt 2", "msg_crashed -> 202", "revoke_attempted", "okta.delete_app_user", "answer lost", "kill_worker",
                 "requester_confirmed", "Also violated: nothing"):
        if part not in text:
            raise AssertionError(f"{part!r} is missing in:\n{text}")


@test
def a_log_that_is_cut_off_is_not_judged():
    (folder / "client").write_text('{"req_no": 1, "webh')
    try:
        check.load(db.url, {"client": [folder / "client"]})
    except check.CannotJudge as why:
        expect("names the line", "client:1:" in str(why), True)
    else:
        raise AssertionError("half a log proves nothing")


@test
def a_run_that_goes_on_is_judged_by_what_holds_at_any_moment_and_by_whole_lines():
    (folder / "client").write_text('{"req_no": 1, "webhook_id": "msg_x", "approval_id": "x", "body_sha256": "00", "signed_ok": true, "in_window": true, '
                                   '"sent_at_us": 1, "status": 202, "kind": "approved"}\n{"req_no": 2, "webh')
    check.load(db.url, {"client": [folder / "client"]}, still_written=True)
    found = check.run(db.url, during=True)
    names = [each.invariant.id for each in found]
    expect("I04 (everything ends) is not asked yet, I01 is", ("I04" in names, "I01" in names), (False, True))
    expect("violations of I01", next(each.count for each in found if each.invariant.id == "I01"), 1)


@test
def what_a_run_contained_is_counted_for_programs():
    sample = folder / "fault"
    sample.write_text('{"at_us": 1, "kind": "kill_worker", "target": "worker-1"}\n')
    check.load(db.url, {"client": [folder / "client"], "fault": [sample]}, still_written=True)
    seen = check.summary(db.url, [])
    expect("faults, requests", (seen["faults"], seen["requests"]), ({"kill_worker": 1}, 1))


@test
def a_log_without_a_line_is_not_judged():
    (folder / "client").write_text("")
    try:
        check.load(db.url, {"client": [folder / "client"]})
    except check.CannotJudge as why:
        expect("says which", "client log is empty" in str(why), True)
    else:
        raise AssertionError("silence violates nothing")


try:
    main()
finally:
    cluster.drop(db)
    cluster.destroy()
    shutil.rmtree(folder, ignore_errors=True)
