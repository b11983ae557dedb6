"""The kinds of tampering. Each takes the log and dice, changes the database and says what it did."""
import shutil

import removals
from harness import scratch_folder
from sealing import Sealer, wait_sealed

NUMBERS = ("job_id", "event_seq", "flag_epoch", "fence", "attempt", "provider_status")
WORDS = ("outcome", "reason_code", "actor_kind", "actor_ref", "app", "approval_ref", "delivery_id", "key_id", "operation_key", "connector",
         "provider_operation", "provider_request_id", "event_type")
TIMES = ("recorded_at", "approved_at", "expires_at")
# Anything may become null but what the table insists on.
NEVER_NULL = ("recorded_at", "event_type", "actor_kind")


def another_value(column, dice):
    """An SQL expression that differs from what the column holds."""
    if column in NUMBERS:
        return f"coalesce({column}, 0) + {dice.randint(1, 9)}"
    if column in TIMES:
        return f"coalesce({column}, now()) + {dice.choice(('', '-'))}interval '{dice.choice(('1 microsecond', '1 second', '1 day'))}'"
    if column == "commitments":
        return "case when commitments is null then '\\x75' || sha256('x') else set_byte(commitments, 5, get_byte(commitments, 5) # 1) end"
    if column == "detail":
        return "case when detail is null then json '{}' else (detail::text || ' ')::json end"
    return dice.choice((f"coalesce({column}, '') || 'x'", f"case {column} when 'removed' then 'failed' else 'removed' end"))


def edit(log, dice):
    column = dice.choice((*NUMBERS, *WORDS, *TIMES, "commitments", "detail", "audit_id"))
    one = dice.choice(log.ids())
    if column == "audit_id":
        log.change(f"update reclaim.audit set audit_id = 1000000 where audit_id = {one}; update reclaim.leaf set audit_id = 1000000 where audit_id = {one}")
        return f"event {one} got another id"
    nulled = column not in NEVER_NULL and dice.random() < 0.3 and log.ids(f"{column} is not null")
    one, value = (dice.choice(nulled), "null") if nulled else (one, another_value(column, dice))
    log.change(f"update reclaim.audit set {column} = {value} where audit_id = {one}")
    return f"event {one}: {column} = {value}"


def edit_name(log, dice):
    if dice.random() < 0.5:
        column = dice.choice(("seat", "subject", "approver", "requester"))
        one = dice.choice([row["id"] for row in log.db.rows(f"select id from reclaim.approval where {column} is not null order by id")])
        table, key = "approval", "id"
    else:
        column = dice.choice(("seat", "subject", "actor", "words"))
        one = dice.choice([row["audit_id"] for row in log.db.rows(f"select audit_id from reclaim.audit_personal where {column} is not null order by 1")])
        table, key = "audit_personal", "audit_id"
    how = dice.choice((f"set {column} = {column} || 'x'", f"set {column} = 'mallory'", f"set {column} = null",
                       "set salts = set_byte(salts, 3, get_byte(salts, 3) # 1)", "set salts = ''"))
    log.change(f"update reclaim.{table} {how} where {key} = {one}")
    return f"{table} {one}: {how}"


def delete(log, dice):
    one = dice.choice(log.ids())
    how = dice.choice(("the row", "the row and its place", "the row, its place, and the gap closed", "what it commits to"))
    if how == "what it commits to":
        # Where nothing is left to open, deleting it deletes nothing.
        one = dice.choice([row["audit_id"] for row in log.db.rows("select audit_id from reclaim.audit_personal where salts <> '' order by 1")])
        log.change(f"delete from reclaim.audit_personal where audit_id = {one}")
        return f"event {one}: {how}"
    sql = f"delete from reclaim.audit where audit_id = {one};"
    if how != "the row":
        place = log.db.value("select leaf_index from reclaim.leaf where audit_id = %s", one)
        sql += f"delete from reclaim.leaf where audit_id = {one};"
    if how.endswith("closed"):
        sql += moved(f"leaf_index > {place}", -1)
    log.change(sql)
    return f"event {one}: {how}"


def moved(which, by):
    # In two steps: a unique index looks at each row as it goes.
    return (f"update reclaim.leaf set leaf_index = leaf_index + 1000000 where {which};"
            f"update reclaim.leaf set leaf_index = leaf_index - 1000000 + {by} where leaf_index >= 1000000;")


def insert(log, dice):
    columns = ("job_id, fence, flag_epoch, approved_at, expires_at, event_seq, attempt, provider_status, event_type, outcome, reason_code, "
               "actor_kind, actor_ref, app, approval_ref, delivery_id, key_id, operation_key, connector, provider_operation, "
               "provider_request_id, commitments, detail")
    like = dice.choice(log.ids())
    how = dice.choice(("with an id below what is settled", "with a place of its own between others", "with a place behind the last",
                       "written an hour ago, with a new id", "with an id below all"))
    number = {"with an id below what is settled": log.unused, "with an id below all": -dice.randint(0, 9)}.get(how, 1000000)
    at = {"written an hour ago, with a new id": "now() - interval '1 hour'", "with a place behind the last": "now() - interval '1 hour'"}.get(how, "now()")
    assert how != "with an id below what is settled" or number <= log.settled
    sql = (f"insert into reclaim.audit (audit_id, recorded_at, {columns}) overriding system value select {number}, {at}, {columns} "
           f"from reclaim.audit where audit_id = {like};")
    if how == "with a place of its own between others":
        place = dice.randrange(log.size)
        sql += moved(f"leaf_index >= {place}", 1) + f"insert into reclaim.leaf values ({place}, {number})"
    elif how == "with a place behind the last":
        sql += f"insert into reclaim.leaf values ({log.size}, {number})"
    log.change(sql)
    return f"a copy of event {like} {how}"


def swap(log, dice):
    one, other = dice.sample(log.ids(), 2)
    if dice.random() < 0.5:
        log.change(f"update reclaim.leaf set audit_id = -1 where audit_id = {one}; update reclaim.leaf set audit_id = {one} where audit_id = {other}; "
                   f"update reclaim.leaf set audit_id = {other} where audit_id = -1")
        return f"events {one} and {other} changed places"
    log.change(f"update reclaim.audit set audit_id = -1 where audit_id = {one}; update reclaim.audit set audit_id = {one} where audit_id = {other}; "
               f"update reclaim.audit set audit_id = {other} where audit_id = -1")
    return f"events {one} and {other} changed ids"


def cut(log, dice):
    """The end of the log, up to a checkpoint or not."""
    size = dice.choice(log.sizes[:-1]) if dice.random() < 0.7 else dice.randrange(log.sizes[0], log.size)
    log.change(f"delete from reclaim.audit where audit_id in (select audit_id from reclaim.leaf where leaf_index >= {size}); "
               f"delete from reclaim.leaf where leaf_index >= {size}; delete from reclaim.seal where tree_size > {size}")
    return f"everything from place {size} on is gone"


def roll_back(log, dice):
    log.restore("backup")
    if dice.random() < 0.5:
        return "set back to the backup"
    removals.remove(log.db, [f"new seat {dice.random()}"])
    return "set back to the backup, and on from there"


def seal_anew(log, dice):
    """The whole log, after an edit, with a key of the tamperer's own."""
    what = edit(log, dice)
    log.change("delete from reclaim.leaf; delete from reclaim.seal")
    folder = scratch_folder("forger")
    sealer = Sealer(log.db, folder).start()
    try:
        wait_sealed(log.db)
    finally:
        sealer.end()
        shutil.rmtree(folder, ignore_errors=True)
    return what + ", and all of it sealed anew with another key"


KINDS = {"edit": edit, "edit a name": edit_name, "delete": delete, "insert": insert, "swap": swap, "cut": cut, "roll back": roll_back,
         "seal anew": seal_anew}
