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


def record(db, jobs, outcome="removed"):
    """Their removals, tickets and confirmations."""
    _with_leases(db, jobs, "select r from l, reclaim.record_removals(l.ids, l.fences, l.tokens, array_fill(%s::text, array[l.n]), "
                 "array_fill(null::text, array[l.n]), array_fill('DELETE /users/{{subject}}'::text, array[l.n]), array_fill(204, array[l.n]), "
                 "l.tickets, array_fill('{{}}'::text, array[l.n]), l.tickets, array_fill('{{\"title\": \"clean up\"}}'::text, array[l.n]), "
                 "array_fill('okta'::text, array[l.n]), '1 minute') as r", outcome)
    _with_leases(db, jobs, "select r.* from l, reclaim.record_tickets(l.ids, l.fences, l.tokens, l.tickets, l.tickets, l.tickets) as r")
    _with_leases(db, jobs, "select r.* from l, reclaim.record_confirmations(l.ids, l.fences, l.tokens, (select array_agg(message_id order by job_id) "
                 "from reclaim.outbox where job_id = any (l.ids) and topic = 'confirmation' and state = 'pending'), array_fill(200, array[l.n])) as r")


def remove(db, seats, **more):
    jobs = approve(db, seats, **more)
    begin(db, jobs)
    record(db, jobs)
    return jobs


def _with_leases(db, jobs, call, *values):
    return db.rows((LEASES + call).format(jobs=array(jobs, "bigint")), *values)
