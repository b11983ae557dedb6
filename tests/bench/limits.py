"""What PostgreSQL itself does on this machine with the rows of an approval, driven by pgbench: the figure beside ours."""
import re
import subprocess

from measure import Stretch, percentile
from world import SOURCE

BODY_BYTES = 420  # of what reclaim-load sends
FIELDS = 5  # that the log commits to

# As little as a durable commit can be: one row of one number.
BARE = "insert into bare values (1);"

# The four rows an acknowledgement promises, and nothing else: no look at what is there, no verdict.
ROWS = """
with ids as (select nextval('reclaim.approval_id') as id from generate_series(1, {batch})),
d as (insert into reclaim.delivery select '{source}', 'msg_bench_' || id, 0, now(), 'seat.removal.approved', '{digest}', 'accepted', id
    from ids),
a as (insert into reclaim.approval (id, source, approval_ref, delivery_id, key_id, body, body_sha256, received_at, app, seat, flag_epoch,
    subject, approver, requester, callback_url, reason, approved_at, expires_at, salts) select id, '{source}', 'apr_bench_' || id, 'msg_bench_' || id, 'bench', '{body}', '{digest}', now(),
    'figma', 's' || id, 1, 'u' || id, 'it.lead@example.com', 'finops@example.com', null, 'not used for 90 days', now(), now(), '{salts}' from ids),
j as (insert into reclaim.job (id, state, visible_at, event_seq, created_at) select id, 'validate', now(), 1, now() from ids)
insert into reclaim.audit (job_id, recorded_at, flag_epoch, approved_at, expires_at, event_seq, event_type, actor_kind, actor_ref, app,
    approval_ref, delivery_id, key_id, commitments)
select id, now(), 1, now(), now(), 1, 'received', 'sender', '{source}', 'figma', 'apr_bench_' || id, 'msg_bench_' || id, 'bench',
    '{commitments}'
from ids;
"""

# The same through the function the receiver calls.
CALL = """
select count(*) from (
    select array_agg('{source}'::text) as sources, array_agg('msg_bench_' || n) as deliveries, array_agg('bench'::text) as keys,
        array_agg('seat.removal.approved'::text) as types, array_agg('{body}'::bytea) as bodies, array_agg('{digest}'::bytea) as digests,
        array_agg('{{"approval_id":"apr_bench_' || n || '","app":"figma","seat":"s' || n || '","flag_epoch":1,"subject":"u' || n
            || '","approver":"it.lead@example.com","requester":"finops@example.com","reason":"not used for 90 days",'
            || '"approved_at":"2026-01-01T00:00:00Z","expires_at":"2036-01-01T00:00:00Z"}}') as facts,
        array_agg('{salts}'::bytea) as salts, array_agg('{commitments}'::bytea) as commitments
    from (select nextval('bench_number') as n from generate_series(1, {batch})) as s) as b,
    reclaim.accept_webhooks(sources, deliveries, keys, types, bodies, digests, facts, salts, commitments);
"""

SHAPES = {"a bare commit": BARE, "the four rows alone": ROWS, "accept_webhooks()": CALL}


def limits(bench, what, batch, clients):
    """One pgbench run: approvals written per second."""
    with bench.contestant(bench.cluster, 0) as stand:
        stand.db.run("create sequence bench_number;\ncreate table bare (n int)")
        script = stand.folder / "limit.sql"
        script.write_text(SHAPES[what].format(batch=batch, source=SOURCE, digest="\\x" + "5a" * 32, body="\\x" + "7b" * BODY_BYTES,
                                               salts="\\x" + "5a" * FIELDS * 17, commitments="\\x" + "5a" * FIELDS * 33))
        script.chmod(0o644)
        stand.settle()
        seconds = 2 if bench.quick else 5
        with Stretch(bench.postmaster, {}) as cost:
            done = subprocess.run(["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-T", str(seconds), "-f", script,
                                   "-l", "--log-prefix", stand.folder / "times", stand.db.url], capture_output=True, text=True,
                                  timeout=seconds + 20, check=True)
        per_second = float(re.search(r"^tps = ([0-9.]+)", done.stdout, re.M).group(1))
        # client, transaction, microseconds, ...
        times = [int(line.split()[2]) / 1e3 for file in stand.folder.glob("times.*") for line in file.read_text().splitlines()]
        yield {
            "what": what, "approvals/commit": batch, "clients": clients, "approvals/s": per_second * batch,
            "p50 ms": percentile(times, 0.50), "p99 ms": percentile(times, 0.99),
            "Postgres CPU µs": cost.cpu["postgres"] / (len(times) * batch) * 1e6, "others' CPUs": cost.others,
        }
