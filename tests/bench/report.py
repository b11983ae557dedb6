"""Figures as Markdown: medians with ranges, a table per cell, and the block of docs/PERFORMANCE.md that holds them."""
import statistics

from harness import REPO

DOCUMENT = REPO / "docs" / "PERFORMANCE.md"
BEGIN, END = "<!-- figures: written by tests/bench/run --write-docs -->", "<!-- end of figures -->"

# cell: (title, the columns that tell its rows apart)
TABLES = {
    "ingest": ("Approvals acknowledged", ["connections"]),
    "limits": ("What PostgreSQL does with the same rows (pgbench)", ["what", "approvals/commit", "clients"]),
    "jobs": ("Jobs through all five steps, one worker", ["vendor latency ms", "jobs"]),
    "pickup": ("Pickup on an idle system", ["samples"]),
    "idle": ("Idle workers", ["workers"]),
}


# What the design promises: cell, column, the most it may be.
TARGETS = [("pickup", "202→call p50 ms", 3), ("pickup", "202→call p95 ms", 10)]


def _number(value):
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _spread(values):
    middle = _number(statistics.median(values))
    if len(values) == 1 or _number(min(values)) == _number(max(values)):
        return middle
    return f"{middle} ({_number(min(values))}–{_number(max(values))})"


def _row(cells):
    return "| " + " | ".join(cells) + " |"


def _table(cell, rows):
    title, keys = TABLES[cell]
    good = [row for row in rows if "void" not in row]
    lines = [f"### {title}", ""]
    if good:
        values = [name for name in good[0]["figures"] if name not in keys]
        groups = {}
        for row in good:
            groups.setdefault((row["contestant"], *(row["figures"][key] for key in keys)), []).append(row["figures"])
        lines += [_row(["", *keys, *values, "runs"]), "|" + "---|" * (len(keys) + len(values) + 2)]
        for (contestant, *at), figures in groups.items():
            lines.append(_row([contestant, *(str(value) for value in at),
                               *(_spread([one[name] for one in figures]) for name in values), str(len(figures))]))
    lines += [f"\nVoid: {row['contestant']} {row['arguments']}: {row['void']}" for row in rows if "void" in row]
    return "\n".join(lines)


def _targets(rows):
    lines = ["### Against the targets", "", _row(["figure", "target", "measured", "met"]), "|---|---|---|---|"]
    for cell, column, most in TARGETS:
        seen = [row["figures"][column] for row in rows if row["cell"] == cell and "void" not in row and row["contestant"] == "reclaim"]
        if seen:
            met = "yes" if statistics.median(seen) < most else "**no**"
            lines.append(_row([f"{cell}: {column}", f"< {most}", _spread(seen), met]))
    return "\n".join(lines) if len(lines) > 4 else ""


def markdown(result):
    facts = ", ".join(f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}"
                      for name, value in result["machine"].items())
    parts = [f"Measured {result['at']}, commit {result['commit']}. Machine: {facts}.",
             "Medians of the runs, with the range in brackets. *others' CPUs*: how many CPUs were busy with work that was not part of "
             "the benchmark; where it is not close to 0, read the row as a lower bound."]
    for cell in TABLES:
        rows = [row for row in result["rows"] if row["cell"] == cell]
        if rows:
            parts.append(_table(cell, rows))
    parts.append(_targets(result["rows"]))
    return "\n\n".join(filter(None, parts)) + "\n"


def write_document(result):
    text = DOCUMENT.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{DOCUMENT} has lost the markers between which the figures stand")
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{markdown(result)}\n{END}{after}", encoding="utf-8")
