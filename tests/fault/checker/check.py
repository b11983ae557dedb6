#!/usr/bin/env python3
"""Judges a run of the whole system by logs it did not write: sender, vendors, injected faults. Standard library and psql only.

    check.py --client sender.ndjson --sandbox calls.ndjson --fault faults.ndjson \\
        --before figma=before.json --after figma=after.json --minimum kill_worker=50 --set attempts_max=12

Loads the logs into the schema `checker` beside the product's tables, runs every invariant of invariants.sql and prints each with its count
of violations. The first violated one is written to --report with the whole story of a job. Exit code: 0 when nothing is violated, 1
otherwise, 2 when the run could not be judged. The database is RECLAIM_TEST_DATABASE, or --database.

sender log, one line per request (status 0: no answer):
    {"req_no": 1, "webhook_id": "msg_1", "approval_id": "apr_1", "body_sha256": "<hex>", "signed_ok": true, "in_window": true,
     "sent_at_us": 1700000000123456, "status": 202, "kind": "approved"}
  kind: approved, repeat (the same bytes again), renamed (the same approval under a new id), changed (other content under a known id or
  approval), forged, stale, cancelled, flagged, unflagged
fault log, one line per fault: {"at_us": ..., "kind": "kill_worker", "target": "worker-2"}; "outage" also has "until_us"; "give_back" has the
  target "app/subject", and is not a fault but a seat the run assigned anew
--before, --after: what the sandbox answers to /_sandbox/okta/assignments?app=NAME
"""
import argparse
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Invariant:
    id: str
    rule: str
    query: str


@dataclasses.dataclass
class Finding:
    invariant: Invariant
    count: int
    first: list  # of {"job_id", "what"}


class CannotJudge(Exception):
    pass


def invariants():
    blocks = re.findall(r"^-- (I\d\d) (.+)\n((?:.+\n)+)", (HERE / "invariants.sql").read_text(), re.M)
    return [Invariant(name, rule, query.strip().rstrip(";")) for name, rule, query in blocks]


def psql(database, script, *options):
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *options, "-f", "-", database], input=script, text=True,
                          capture_output=True, check=False)
    if done.returncode:
        raise CannotJudge(done.stderr.strip())
    return done.stdout


def copied(table, rows):
    """A COPY of rows of texts, as psql reads it from its script."""
    escapes = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
    lines = ["\t".join(str(value).translate(escapes) for value in row) for row in rows]
    return "\n".join([f"copy {table} from stdin;", *lines, "\\.\n"])


def log_rows(name, files):
    for file in files:
        for number, line in enumerate(pathlib.Path(file).read_text().splitlines(), 1):
            try:
                json.loads(line)
            except ValueError as why:
                raise CannotJudge(f"{file}:{number}: {why}") from None
            yield name, line


def assignment_rows(when, files):
    for app, file in files:
        for holder, state in json.loads(pathlib.Path(file).read_text())["users"].items():
            yield when, app, holder, state["generation"]


def load(database, client=(), sandbox=(), fault=(), before=(), after=(), minimum=(), settings=()):
    rows = [*log_rows("client", client), *log_rows("sandbox", sandbox), *log_rows("fault", fault)]
    for name in ("client", "sandbox"):
        if not any(log == name for log, _ in rows):
            raise CannotJudge(f"the {name} log is empty: silence violates nothing")
    script = [(HERE / "logs.sql").read_text(), copied("checker.line", rows),
              copied("checker.assignment", [*assignment_rows("before", before), *assignment_rows("after", after)]),
              copied("checker.minimum", minimum)]
    for name, value in settings:
        script.append(f"update checker.setting set value = {int(value)} where name = '{name}';\n")
    psql(database, "".join(script) + "select checker.unfold();\n", "-1")


def run(database, prepare=""):
    """Every invariant's finding, in order, in one transaction that is rolled back; prepare is SQL to run in it first."""
    all_of_them = invariants()
    script = ["begin isolation level repeatable read;\n", prepare]
    for each in all_of_them:
        script.append(f"with found (job_id, what) as ({each.query})\nselect jsonb_build_object('count', count(*), 'first', "
                      "coalesce((select jsonb_agg(f) from (select * from found limit 10) as f), '[]')) from found;\n")
    answers = [json.loads(line) for line in psql(database, "".join(script)).splitlines()]
    return [Finding(each, answer["count"], answer["first"]) for each, answer in zip(all_of_them, answers, strict=True)]


def report(database, violated):
    """The first violated invariant in full, with the story of the first job it names."""
    first = violated[0]
    lines = [f"{first.invariant.id} {first.invariant.rule}", f"{first.count} violations; the first of them:"]
    lines += [f"  job {row['job_id']}: {row['what']}" for row in first.first]
    job = next((row["job_id"] for row in first.first if row["job_id"] is not None), None)
    if job is not None:
        lines += ["", f"The story of job {job}:", psql(database, (HERE / "story.sql").read_text(), "-v", f"job={job}", "-F", "  ")]
    others = ", ".join(f"{found.invariant.id} ({found.count})" for found in violated[1:])
    return "\n".join(lines + ["", f"Also violated: {others or 'nothing'}", ""])


def pair(text):
    name, _, value = text.partition("=")
    return name, value


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--database", default=os.environ.get("RECLAIM_TEST_DATABASE"))
    options.add_argument("--report", default="violation.txt", help="where the first violated invariant is told in full")
    for name in ("client", "sandbox", "fault"):
        options.add_argument(f"--{name}", action="append", default=[], metavar="FILE")
    for name in ("before", "after", "minimum", "set"):
        options.add_argument(f"--{name}", action="append", default=[], type=pair, metavar="NAME=VALUE")
    given = options.parse_args()
    if not given.database:
        options.error("no database: set RECLAIM_TEST_DATABASE or give --database")
    try:
        load(given.database, given.client, given.sandbox, given.fault, given.before, given.after, given.minimum, given.set)
        found = run(given.database)
        for each in found:
            print(f"{each.invariant.id}  {each.count:>6}  {each.invariant.rule}")
        violated = [each for each in found if each.count]
        if violated:
            pathlib.Path(given.report).write_text(report(given.database, violated))
            print(f"{len(violated)} of {len(found)} invariants are violated: see {given.report}")
    except (CannotJudge, OSError) as why:
        print(f"the run cannot be judged: {why}", file=sys.stderr)
        sys.exit(2)
    sys.exit(1 if violated else 0)


if __name__ == "__main__":
    main()
