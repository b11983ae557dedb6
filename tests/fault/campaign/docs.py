"""Writes the campaign's tables into docs/RELIABILITY.md from what runs wrote with --json, so that no figure there was ever typed."""
import json
import re

from harness import REPO

PAGE = REPO / "docs" / "RELIABILITY.md"
MARKS = "<!-- campaign: {} -->", "<!-- campaign: end -->"


def write(files):
    runs = sorted((json.loads(file.read_text()) for file in files), key=lambda run: run["started_at"])
    judged = [run for run in runs if "faults" in run]
    if not judged:
        raise SystemExit("none of these runs was judged: there is nothing to write")
    text = PAGE.read_text()
    for name, table in (("runs", runs_table(runs)), ("kinds", kinds_table(judged))):
        begin, end = MARKS[0].format(name), MARKS[1]
        pattern = re.escape(begin) + r"\n.*?" + re.escape(end)
        if not re.search(pattern, text, re.S):
            raise SystemExit(f"{PAGE} has no place marked {begin} ... {end}")
        text = re.sub(pattern, lambda _, block=f"{begin}\n{table}\n{end}": block, text, flags=re.S)
    PAGE.write_text(text)


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def number(n):
    return f"{n:,}"


def runs_table(runs):
    rows = []
    for run in runs:
        size = run["size"] + (f" x {run['scale']:g}" if run["scale"] != 1 else "")
        if "faults" not in run:
            rows.append([run["started_at"][:16].replace("T", " "), size, run["seed"], "", "", "", "", "", "", run["verdict"]])
            continue
        violated = sum(1 for count in run["invariants"].values() if count)
        rows.append([run["started_at"][:16].replace("T", " "), size, run["seed"], number(run["jobs"]), number(sum(run["faults"].values())),
                     len(run["faults"]), number(run["refused_writes"]), number(run["late_calls"]), f"{run['seconds'].get('drain', 0):g} s",
                     f"{run['verdict']}, {violated} of {len(run['invariants'])} violated"])
    return table(["UTC", "size", "seed", "jobs", "faults", "kinds", "writes refused", "late calls", "drained in", "verdict"], rows)


def kinds_table(runs):
    sizes = [name for name in ("ci", "nightly") if any(run["size"] == name for run in runs)]
    kinds = sorted({kind for run in runs for kind in run["faults"]})
    total = {(kind, size): sum(run["faults"].get(kind, 0) for run in runs if run["size"] == size) for kind in kinds for size in sizes}
    rows = [[f"`{kind}`", *(number(total[kind, size]) for size in sizes)] for kind in kinds]
    counts = [f"{sum(1 for run in runs if run['size'] == size)} of size {size}" for size in sizes]
    return table(["kind", *(f"fired in {count}" for count in counts)], rows)
