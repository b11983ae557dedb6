"""Packs and receipts under test: made by the real export, judged by both verifiers."""
import datetime
import os
import re
import subprocess
import sys
import uuid

from database import Database
from harness import BIN, REPO

LONG_AGO, FAR_AHEAD = "2020-01-01", "2100-01-01"


def auditor(db):
    """A person's login in the role of auditors, as AUDITORS.md asks for; its connection string."""
    db.run("do $$ begin create role jane login in role reclaim_auditor; exception when duplicate_object or unique_violation then null; end $$")
    return db.url.replace("postgres@", "jane@")


def copy_of(cluster, db):
    """Another database, equal to this one now; nobody may be connected to it. cluster.drop() ends it."""
    db.close()
    name = "c" + uuid.uuid4().hex[:12]
    cluster.admin.run(f"create database {name} template {db.url.rpartition('/')[2]}")
    return Database(cluster.url_of(name))


def export(db, out, *more, since=LONG_AGO, until=FAR_AHEAD):
    """Exit code and what it said."""
    period = [] if "--receipt" in more else ["--from", since, "--to", until]
    done = subprocess.run([BIN / "reclaim-worker", "export", "--database", auditor(db), "--out", out, *period, *map(str, more)], text=True,
                          capture_output=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def python_says(what, keys, checkpoints=None):
    return _judge([sys.executable, REPO / "docs" / "verify" / "verify.py"], what, keys, checkpoints)


def worker_says(what, keys, checkpoints=None):
    return _judge([BIN / "reclaim-worker", "verify"], what, keys, checkpoints)


VERIFIERS = {"verify.py": python_says, "reclaim-worker verify": worker_says}


def both_say(what, keys, checkpoints=None):
    """Exit code and words on which the two agree; that they do not is a failure of its own."""
    answers = {name: judge(what, keys, checkpoints) for name, judge in VERIFIERS.items()}
    first, second = answers.values()
    if first[0] != second[0] or _words(first[1]) != _words(second[1]):
        raise AssertionError("the verifiers differ:\n" + "\n".join(f"{name}: exit code {code}\n{said}" for name, (code, said) in answers.items()))
    return first


def hours_from_now(count):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=count)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _words(said):
    """Findings and verdict; the speed, and the rest of the sentence where a file was unreadable, are each program's own."""
    return [line.split(":")[0] for line in said.splitlines() if re.match("ok|BAD|note|all|it could|\\d+ findings", line)]


def _judge(program, what, keys, checkpoints):
    arguments = [argument for key in ([keys] if isinstance(keys, str) else keys) for argument in ("--key", key)]
    if checkpoints:
        arguments += ["--checkpoints", checkpoints]
    done = subprocess.run([*program, what, *arguments], text=True, capture_output=True, check=False, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
    return done.returncode, (done.stdout + done.stderr).strip()
