"""The outcome of all runs as tables: for a terminal, and for docs/crash-points.md, where each of the two scripts writes its own section."""
import re

from points.faults import FAULTS

HEAD = """# Crash points and failed calls

What happens when a program, a connection or the database goes at any one moment. Written by the runs themselves: `tests/fault/crash-points
--write-docs` and `tests/fault/kth-failure --write-docs` write their section only when every run was green.
"""
POINTS = """The numbers are the places, in the order of one removal's life, where the outside can see a difference. *asked*: the message has left the
program and nothing of it has arrived; *answered*: it was done, and the answer has not come back. `commit of X` is the COMMIT of the
transaction whose last statement is `X`. In each run one thing happens at one point:

{faults}

Each run goes on to the end of the job: removed once, one ticket, the requester told once and the truth, every invariant of
[the checker](../tests/fault/checker/invariants.sql) holds, nothing is logged that the fault does not explain, and whoever was not killed ends
with status 0 when asked. {points} points, {runs} runs.
"""
FAILURES = """In run k the k-th call fails, for k = 1, 2, 3... until a run makes fewer: of libpq, in the way libpq reports it (no memory, or the
connection breaks there); of a vendor, as reset before or after it took effect, with status 500, or with a page of HTML. The job ends, every
invariant holds, nothing is done twice, and no program is restarted: a database that cannot be reached at the start is waited for like one
that goes away later.
"""


def described(number, story, point, fault):
    return f"{number:3} {story}: {point}: {fault}"


def word(verdict):
    return {None: "", "ok": "ok", "not reached": "not reached"}.get(verdict, "FAIL")


def table(points, verdicts):
    lines = [f"{'':4}{'':10}{'point':62}" + "".join(f"{fault:12}" for fault in FAULTS)]
    for number, (story, point) in enumerate(points, 1):
        cells = [word(verdicts.get((number, fault))) for fault in FAULTS]
        if any(cells):
            lines.append(f"{number:3} {story:10}{str(point):62}" + "".join(f"{cell:12}" for cell in cells).rstrip())
    return "\n".join(lines)


def hits_table(loops):
    return "\n".join(f"{name:25}{call:32}{times:5}" for name, hits in loops.items() for call, times in sorted(hits.items()))


def write_points(file, points, verdicts):
    faults = "\n".join(f"* **{name}**: {' '.join(fault.__doc__.split())}" for name, fault in FAULTS.items())
    rows = ["| | program | point | " + " | ".join(FAULTS) + " |", "|---:|---|---|" + "---|" * len(FAULTS)]
    rows += [f"| {number} | {story} | {point} | " + " | ".join(word(verdicts[number, fault]) for fault in FAULTS) + " |"
             for number, (story, point) in enumerate(points, 1)]
    _write(file, "Every point, every fault", POINTS.format(faults=faults, points=len(points), runs=len(verdicts)) + "\n" + "\n".join(rows))


def write_hits(file, loops):
    rows = ["| loop | call | failed, one run each |", "|---|---|---:|"]
    rows += [f"| {name} | `{call}` | {times} |" for name, hits in loops.items() for call, times in sorted(hits.items())]
    _write(file, "Every call, failed once", FAILURES + "\n" + "\n".join(rows))


def _write(file, title, text):
    """Replaces the section, or adds it."""
    old = file.read_text() if file.exists() else HEAD
    section = f"## {title}\n\n{text}\n\n"
    found = re.compile(rf"^## {re.escape(title)}\n(?:(?!## ).*\n?)*", re.M)
    new = found.sub(lambda _: section, old) if found.search(old) else f"{old}\n{section}"
    file.write_text(new.rstrip() + "\n")
