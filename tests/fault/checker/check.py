#!/usr/bin/env python3
"""Judges a run of the whole system by logs it did not write: sender, vendors, injected faults. Standard library and psql only.

    check.py --client client.ndjson --sandbox calls.ndjson --fault faults.ndjson \\
        --before figma=before.json --after figma=after.json --minimum kill_worker=50 --set attempts_max=12

Loads the logs into the schema `checker` beside the product's tables, runs every invariant of invariants.sql and prints each with its count
of violations. The first violated one is written to --report with the whole story of a job; --json is for programs. Exit code: 0 when
nothing is violated, 1 otherwise, 2 when the run could not be judged. The database is RECLAIM_TEST_DATABASE, or --database.
--during judges a run that goes on, by the invariants that hold at any moment ("!" in invariants.sql), and takes logs as far as they are.

client log, one line per request (status 0: no answer):
    {"req_no": 1, "webhook_id": "msg_1", "approval_id": "apr_1", "body_sha256": "<hex>", "signed_ok": true, "in_window": true,
     "connected_at_us": ..., "sent_at_us": 1700000000123456, "answered_at_us": ..., "receiver": "receiver-1", "status": 202, "kind": "approved"}
  kind: approved, repeat (the same bytes again), replayed (with its first headers, too), retired (signed with a secret that was replaced
  meanwhile), renamed (the same approval under a new id), changed
  (other content under a known id or approval), forged, stale, cancelled, flagged, unflagged
fault log, one line per fault: {"at_us": ..., "kind": "kill_worker", "target": "worker-2"}; "outage" also has "until_us"; "give_back" has the
  target "app/subject", and is not a fault but a seat the run assigned anew
program log (may be empty): what the programs wrote, with "at_us" by this machine's clock and "by", the program's name
measure log (may be empty): {"at_us": ..., "what": "resources", "subject": "worker-1", "role": "worker", "moment": "fresh" or "drained",
  "held": {"threads": 3, ...}}; {"what": "secret", "subject": name, "where": ...}; {"what": "evidence", "subject": who verified, "good": true,
  "says": ...}
--before, --after: what the sandbox answers to /_sandbox/okta/assignments?app=NAME
"""
import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LOGS = ("client", "sandbox", "fault", "program", "measure")
NEEDED = ("client", "sandbox")


@dataclasses.dataclass
class Invariant:
    id: str
    rule: str
    query: str
    at_any_moment: bool


@dataclasses.dataclass
class Finding:
    invariant: Invariant
    count: int
    first: list  # of {"job_id", "what"}


class CannotJudge(Exception):
    pass


def invariants():
    blocks = re.findall(r"^-- (I\d\d)( !)? (.+)\n((?:.+\n)+)", (HERE / "invariants.sql").read_text(), re.M)
    return [Invariant(name, rule, query.strip().rstrip(";"), bool(always)) for name, always, rule, query in blocks]


def psql(database, script, *options):
    """script: a text, or pieces of one, which may be long."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as answer, tempfile.TemporaryFile("w+", encoding="utf-8") as trouble:
        with subprocess.Popen(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *options, "-f", "-", database], stdin=subprocess.PIPE,
                              stdout=answer, stderr=trouble, text=True) as running:
            try:
                running.stdin.writelines([script] if isinstance(script, str) else script)
                running.stdin.close()
            except BrokenPipeError:  # its own words say why it gave up
                with contextlib.suppress(BrokenPipeError):
                    running.stdin.close()
        if running.returncode:
            trouble.seek(0)
            raise CannotJudge(trouble.read().strip())
        answer.seek(0)
        return answer.read()


def copied(table, rows):
    """A COPY of rows of texts, as psql reads it from its script."""
    escapes = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
    yield f"copy {table} from stdin;\n"
    for row in rows:
        yield "\t".join(str(value).translate(escapes) for value in row) + "\n"
    yield "\\.\n"


def log_rows(name, files, still_written):
    empty = True
    for file in files:
        with open(file, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if still_written and not line.endswith("\n"):
                    break
                try:
                    json.loads(line)
                except ValueError as why:
                    raise CannotJudge(f"{file}:{number}: {why}") from None
                empty = False
                yield name, line.rstrip("\n")
    if empty and name in NEEDED and not still_written:
        raise CannotJudge(f"the {name} log is empty: silence violates nothing")


def assignment_rows(when, files):
    for app, file in files:
        for holder, state in json.loads(pathlib.Path(file).read_text())["users"].items():
            yield when, app, holder, state["generation"]


def load(database, logs, before=(), after=(), minimum=(), settings=(), still_written=False):
    """logs: {name: files}. They are read before the tables: what a log tells of is on record by then."""
    def script():
        yield (HERE / "logs.sql").read_text()
        for name in LOGS:
            yield from copied("checker.line", log_rows(name, logs.get(name, ()), still_written))
        yield from copied("checker.assignment", [*assignment_rows("before", before), *assignment_rows("after", after)])
        yield from copied("checker.minimum", minimum)
        for name, value in settings:
            yield f"update checker.setting set value = {int(value)} where name = '{name}';\n"
        yield "select checker.unfold();\n"
    psql(database, script(), "-1")


def run(database, prepare="", during=False):
    """Every invariant's finding, in order, in one transaction that is rolled back; prepare is SQL to run in it first. during: of those that
    hold at any moment."""
    all_of_them = [each for each in invariants() if each.at_any_moment or not during]
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


def summary(database, found):
    """For programs: violations by invariant, and what the run contained."""
    seen = json.loads(psql(database, "select checker.seen();"))
    return {"invariants": {each.invariant.id: each.count for each in found}} | seen


def pair(text):
    name, _, value = text.partition("=")
    return name, value


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--database", default=os.environ.get("RECLAIM_TEST_DATABASE"))
    options.add_argument("--report", default="violation.txt", help="where the first violated invariant is told in full")
    options.add_argument("--json", type=pathlib.Path, metavar="FILE", help="the counts, and what the run contained")
    options.add_argument("--during", action="store_true", help="the run goes on: judge by what holds at any moment")
    for name in LOGS:
        options.add_argument(f"--{name}", action="append", default=[], metavar="FILE")
    for name in ("before", "after", "minimum", "set"):
        options.add_argument(f"--{name}", action="append", default=[], type=pair, metavar="NAME=VALUE")
    given = options.parse_args()
    if not given.database:
        options.error("no database: set RECLAIM_TEST_DATABASE or give --database")
    try:
        load(given.database, {name: getattr(given, name) for name in LOGS}, given.before, given.after, given.minimum, given.set, given.during)
        found = run(given.database, during=given.during)
        if given.json:
            given.json.write_text(json.dumps(summary(given.database, found)))
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
