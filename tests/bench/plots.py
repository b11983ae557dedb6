"""The pictures of docs/PERFORMANCE.md. What was not measured is not drawn."""
from figures import OURS, Figures, number
from svg import Chart

WHO = [OURS, "graphile-worker", "pg-boss"]
CONNECTIONS = [1, 16, 64, 256]
TITLES = {
    "bench-ingest.svg": "Approvals acknowledged a second, over connections",
    "bench-jobs.svg": "Jobs through all five steps a second, one worker",
    "bench-cpu.svg": "CPU per job, milliseconds",
    "bench-snapshot.svg": "Jobs finished a second while a snapshot is held",
}


def drawings(rows):
    """{file name: SVG}."""
    figures = Figures(rows)
    made = dict(zip(TITLES, (ingest(figures), jobs(figures), cpu(figures), snapshot(rows))))
    return {name: drawing for name, drawing in made.items() if drawing}


def ingest(figures):
    lines = []
    for i, who in enumerate(WHO):
        for intake in ("batched", "single"):
            values = [figures.values("ingest", "accepted/s", who, connections=each, intake=intake) for each in CONNECTIONS]
            if all(values):
                lines.append((f"s{i}" + (" dashed" if intake == "single" else ""), values))
    if not lines:
        return None
    chart = Chart(TITLES["bench-ingest.svg"], "Signed webhooks, answered 202 after COMMIT. Dashed: one commit a request. "
                  "Bars: range of the runs.", max(max(each) for _, values in lines for each in values))
    for style, values in lines:
        points = [(chart.x((i + 0.5) / len(CONNECTIONS)), sorted(each)[len(each) // 2]) for i, each in enumerate(values)]
        chart.path([(x, chart.y(value)) for x, value in points], style)
        for (x, _), each in zip(points, values):
            chart.whisker(x, min(each), max(each))
    for i, each in enumerate(CONNECTIONS):
        chart.label((i + 0.5) / len(CONNECTIONS), f"{each} connection" + "s" * (each > 1))
    chart.legend([(f"s{i}", who) for i, who in enumerate(WHO)])
    return chart.svg()


def jobs(figures):
    return _bars(figures, "jobs/s", TITLES["bench-jobs.svg"], "Five calls to vendors a job. Bars: range of the runs.")


def cpu(figures):
    return _bars(figures, "worker+Postgres CPU ms", TITLES["bench-cpu.svg"], "Lower part: PostgreSQL; upper part, lighter: the worker.",
                 "Postgres CPU ms")


def _bars(figures, column, title, subtitle, lower=None):
    """A bar for each contestant at each latency. lower: the column that is the lower part of the bar."""
    groups = [(latency, [figures.values("jobs", column, who, vendor_latency_ms=latency) for who in WHO]) for latency in (0, 100)]
    groups = [(latency, values) for latency, values in groups if any(values)]
    if not groups:
        return None
    chart = Chart(title, subtitle, max(max(each) for _, values in groups for each in values if each))
    width = (chart.x(1) - chart.x(0)) / len(groups) / 4.5
    for g, (latency, values) in enumerate(groups):
        for i, each in enumerate(values):
            if not each:
                continue
            x = chart.x((g + 0.5) / len(groups)) + (i - 1.5) * width * 1.15
            middle = sorted(each)[len(each) // 2]
            part = figures.median("jobs", lower, WHO[i], vendor_latency_ms=latency) if lower else middle
            chart.bar(x, width, 0, part, f"s{i}")
            chart.bar(x, width, part, middle, f"s{i} half")
            chart.whisker(x + width / 2, min(each), max(each))
            chart.text(x + width / 2, chart.y(max(each)) - 6, number(middle), "small", "middle")
        chart.label((g + 0.5) / len(groups), f"vendors answer in {latency} ms")
    chart.legend([(f"s{i}", who) for i, who in enumerate(WHO)])
    return chart.svg()


def snapshot(rows):
    held = {row["contestant"]: row["figures"] for row in rows if row["cell"] == "snapshot" and "figures" in row}
    if not held:
        return None
    longest = max(each["time line"][-1][0] for each in held.values())
    chart = Chart(TITLES["bench-snapshot.svg"], "Approvals arrive steadily: " + ", ".join(
        f"{each['arrivals/s']:,} a second for {who}" for who, each in held.items()) + ". Shaded: the snapshot is held.",
        max(jobs_s for each in held.values() for _, jobs_s in each["time line"]))
    begin, end = next(iter(held.values()))["held"]
    chart.rect(chart.x(begin / longest), chart.y(chart.ticks[-1]), chart.x(end / longest) - chart.x(begin / longest),
               chart.y(0) - chart.y(chart.ticks[-1]), "shade")
    for who, each in held.items():
        chart.path([(chart.x(at / longest), chart.y(jobs_s)) for at, jobs_s in each["time line"]], f"s{WHO.index(who)}")
    for i in range(6):
        chart.label(i / 5, f"{longest * i / 5:.0f} s")
    chart.legend([(f"s{WHO.index(who)}", who) for who in held])
    return chart.svg()
