"""Seats that are removed by the queue's own functions, without a program: what a log is full of."""
import json

from database import quoted

POLICY = '{"approval_age_max": "720 hours"}'
LEASES = ("with l as (select array_agg(id order by id) as ids, array_agg(fence order by id) as fences, array_agg(claim_token order by id) as tokens, "
          "count(*)::int as n, array_agg('ticket-' || id order by id) as tickets from reclaim.job where id = any({jobs})) ")


def array(values, kind="text"):
    return f"array[{', '.join(quoted(value) for value in values)}]::{kind}[]"


def approve(db, seats, app="figma", approver="it.lead@example.com"):
    """Flags these seats and lets their approvals arrive; their jobs, in order."""
    if db.value("select value from reclaim.setting where name = 'trigger'") != "on":
        db.value("select reclaim.set_trigger(true, 'tests')")
    db.rows(f"select reclaim.flag_seat(%s, s, 'user of ' || s) from unnest({array(seats)}) as s", app)
    epochs = {row["seat"]: row["flag_epoch"] for row in db.rows("select seat, flag_epoch from reclaim.seat where app = %s", app)}
    now = db.value("select to_char(reclaim.clock() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
    facts = [json.dumps({"approval_id": f"apr {seat}", "app": app, "seat": seat, "flag_epoch": epochs[seat], "subject": f"user of {seat}",
                         "approver": approver, "requester": "finops@example.com", "approved_at": now}, ensure_ascii=False) for seat in seats]
    rows = db.rows("select verdict, job_id from reclaim.accept_webhooks("
                   f"array_fill('itsm'::text, array[{len(seats)}]), {array(['msg ' + seat for seat in seats])}, "
                   f"array_fill('key-1'::text, array[{len(seats)}]), array_fill('seat.removal.approved'::text, array[{len(seats)}]), "
                   f"(select array_agg(convert_to(f, 'UTF8') order by n) from unnest({array(facts)}) with ordinality as u (f, n)), "
                   f"(select array_agg(sha256(convert_to(f, 'UTF8')) order by n) from unnest({array(facts)}) with ordinality as u (f, n)), "
                   f"{array(facts)}) order by ord")
    assert all(row["verdict"] == "accepted" for row in rows), rows
    return [row["job_id"] for row in rows]


def begin(db, jobs):
    """Claims these jobs and writes their intents."""
    db.rows("select reclaim.claim_jobs(gen_random_uuid(), 100000, '5 minutes', '-infinity', 3)")
    begun = _with_leases(db, jobs, "select r.* from l, reclaim.begin_revokes(l.ids, l.fences, l.tokens, array_fill('okta'::text, array[l.n]), %s) as r", POLICY)
    assert len(begun) == len(jobs) and all(row["verdict"] == "go" for row in begun), begun


def record(db, jobs, outcome="removed", captured=None):
    """Their removals, tickets and confirmations. captured: what the look before them saw."""
    _with_leases(db, jobs, "select r from l, reclaim.record_removals(l.ids, l.fences, l.tokens, array_fill(%s::text, array[l.n]), "
                 "array_fill(null::text, array[l.n]), array_fill('DELETE /users/{{subject}}'::text, array[l.n]), array_fill(204, array[l.n]), "
                 "l.tickets, array_fill('{{}}'::text, array[l.n]), l.tickets, array_fill('{{\"title\": \"clean up\"}}'::text, array[l.n]), "
                 "array_fill('okta'::text, array[l.n]), '1 minute', array_fill('1 hour'::interval, array[l.n]), array_fill(%s::text, array[l.n])) as r",
                 outcome, captured)
    _with_leases(db, jobs, "select r.* from l, reclaim.record_tickets(l.ids, l.fences, l.tokens, l.tickets, l.tickets, l.tickets) as r")
    confirm(db, jobs)


def confirm(db, jobs):
    _with_leases(db, jobs, "select r.* from l, reclaim.record_confirmations(l.ids, l.fences, l.tokens, (select array_agg(message_id order by job_id) "
                 "from reclaim.outbox where job_id = any (l.ids) and topic = 'confirmation' and state = 'pending'), array_fill(200, array[l.n])) as r")


def remove(db, seats, captured=None, **more):
    jobs = approve(db, seats, **more)
    begin(db, jobs)
    record(db, jobs, captured=captured)
    return jobs


def make_look_due(db, job):
    """By hand, as nobody may."""
    db.run(f"set session_replication_role = replica; update reclaim.later_look set due_at = reclaim.clock() where job_id = {int(job)}; "
           "set session_replication_role = origin")


def look(db, job, seen):
    """A later look at a removed seat: gone, back or given_up."""
    make_look_due(db, job)
    db.rows("select * from reclaim.claim_looks(1000, '1 minute', array['figma'], array['okta'])")
    recorded = db.rows("select reclaim.record_looks(array[job_id], array[fence], array[claim_token], array[%s], array[%s], array['1 day'::interval], "
                       "array['GET /users'], array[404], array['r'], array['{}'], array['okta']) from reclaim.later_look where job_id = %s",
                       seen, None if seen == "gone" else "held", job)
    assert len(recorded) == 1, recorded


def restore(db, job):
    """Gives the seat of this removal back, as if its last call were dead by now; the restore's job."""
    db.run("create or replace function reclaim.calls_outlive() returns interval language sql immutable as $$ select interval '0' $$")
    mine = db.value("select reclaim.restore(%s, 'it.lead@example.com', 'it is needed')", job)
    db.rows("select reclaim.claim_jobs(gen_random_uuid(), 100000, '5 minutes', '-infinity', 3)")
    begun = _with_leases(db, [mine], "select r.* from l, reclaim.begin_restores(l.ids, l.fences, l.tokens, '{{okta}}', '{{true}}', %s) as r", POLICY)
    assert [row["verdict"] for row in begun] == ["go"], begun
    _with_leases(db, [mine], "select r from l, reclaim.record_restores(l.ids, l.fences, l.tokens, '{{restored}}', '{{null}}', '{{POST}}', '{{200}}', "
                 "'{{req}}', array['{{}}'], '{{okta}}') as r")
    confirm(db, [mine])
    return mine


def _with_leases(db, jobs, call, *values):
    return db.rows((LEASES + call).format(jobs=array(jobs, "bigint")), *values)
