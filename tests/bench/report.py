"""A result as Markdown: medians with ranges, a table per cell, the targets; and the parts of docs/ that hold them."""
import capacity
import plots
from figures import KEYS, Figures, spread
from harness import REPO
from targets import Targets

DOCUMENT = REPO / "docs" / "PERFORMANCE.md"
BEGIN, END = "<!-- {}: written by tests/bench/run --write-docs -->", "<!-- end of {} -->"
TITLES = {
    "ingest": "Approvals acknowledged", "limits": "What PostgreSQL does with the same rows (pgbench)",
    "jobs": "Jobs through all five steps, one worker", "workers": "More workers, vendors at 100 ms", "pickup": "Pickup on an idle system", "idle": "Idle workers",
    "waiting": "Claims in a full house", "snapshot": "While a snapshot is held", "crowd": "A crowd of slow clients",
    "in-flight": "Many jobs held by one worker",
}


def summary(rows):
    return Figures(rows).summary()


def _row(cells):
    return "| " + " | ".join(cells) + " |"


def _table(cell, rows):
    lines = [f"### {TITLES[cell]}", ""]
    good = [row for row in rows if "void" not in row]
    if good:
        keys = [key for key in KEYS[cell] if any(key in row["figures"] for row in good)]
        names = [name for name, value in good[0]["figures"].items() if name not in keys and not isinstance(value, list)]
        groups = {}
        for row in good:
            groups.setdefault((*(row["figures"].get(key, "") for key in keys), row["contestant"]), []).append(row["figures"])
        lines += [_row([*keys, "", *names, "runs"]), "|" + "---|" * (len(keys) + len(names) + 2)]
        for at, figures in groups.items():
            lines.append(_row([*map(str, at), *(_cell([one[name] for one in figures]) for name in names), str(len(figures))]))
    lines += [f"\nVoid: {row['contestant']} {row['arguments']}: {row['void']}" for row in rows if "void" in row]
    return "\n".join(lines)


def _cell(values):
    return spread(values) if all(isinstance(value, (int, float)) for value in values) else str(values[0])


def _targets(rows):
    lines = Targets(rows).compute()
    if not lines:
        return ""
    met = {True: "yes", False: "**no**", None: ""}
    return "\n".join(["### Against the targets", "", _row(["figure", "target", "ours", "beside it", "ratio", "met"]), "|" + "---|" * 6,
                      *(_row([*line[:5], met[line[5]]]) for line in lines)])


def markdown(result):
    facts = ", ".join(f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}"
                      for name, value in result["machine"].items())
    parts = [f"Measured {result['at']}, commit {result['commit']}, {result['size']} run. Machine: {facts}.",
             "Medians of the runs, with the range in brackets. *others' CPUs*: how many CPUs were busy with work that was not part of "
             "the benchmark; where it is not close to 0, read the row as a lower bound.", _targets(result["rows"])]
    for cell in TITLES:
        rows = [row for row in result["rows"] if row["cell"] == cell]
        if rows:
            parts.append(_table(cell, rows))
    return "\n\n".join(filter(None, parts)) + "\n"


def write_document(result):
    drawings = plots.drawings(result["rows"])
    for name, drawing in drawings.items():
        (DOCUMENT.parent / name).write_text(drawing, encoding="utf-8")
    pictures = "".join(f"![{plots.TITLES[name]}]({name})\n" for name in drawings)
    text = DOCUMENT.read_text(encoding="utf-8")
    text = _put(text, "figures", f"{pictures}\n{markdown(result)}".lstrip())
    text = _put(text, "capacity", capacity.markdown(result["rows"]) + "\n")
    DOCUMENT.write_text(text, encoding="utf-8")


def _put(text, block, content):
    before, begin, rest = text.partition(BEGIN.format(block))
    _, end, after = rest.partition(END.format(block))
    if not begin or not end:
        raise SystemExit(f"{DOCUMENT} has lost the markers between which its {block} stand")
    return f"{before}{begin}\n\n{content}\n{end}{after}"
