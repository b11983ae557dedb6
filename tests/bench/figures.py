"""Looking things up in the rows of a result: medians and ranges, and ours beside the best peer's."""
import statistics

OURS = "reclaim"
# The columns that tell the rows of a cell apart; all others are figures.
KEYS = {
    "ingest": ["connections", "intake"], "limits": ["what", "approvals/commit", "clients"], "jobs": ["vendor latency ms"],
    "workers": ["workers"], "pickup": [], "idle": ["workers"], "waiting": ["besides"], "snapshot": ["snapshot"], "crowd": [],
    "in-flight": ["in flight"],
}


class Figures:
    """The values of every figure over the runs. Void rows and time lines are left out."""

    def __init__(self, rows):
        self._values = {}
        for row in rows:
            figures = row.get("figures", {})
            at = tuple((key, figures[key]) for key in KEYS[row["cell"]] if key in figures)
            for name, value in figures.items():
                if name not in KEYS[row["cell"]] and isinstance(value, (int, float)):
                    self._values.setdefault((row["cell"], at, name), {}).setdefault(row["contestant"], []).append(value)

    def values(self, cell, name, contestant=OURS, **at):
        """at: the keys that matter, with _ for what is no letter. None where nothing was measured."""
        wanted = {(key.replace("_", " "), value) for key, value in at.items()}
        for (a_cell, keys, a_name), by in self._values.items():
            if (a_cell, a_name) == (cell, name) and contestant in by and wanted <= set(keys):
                return by[contestant]
        return None

    def median(self, cell, name, contestant=OURS, **at):
        values = self.values(cell, name, contestant, **at)
        return None if values is None else statistics.median(values)

    def best_peer(self, cell, name, **at):
        """(name, median) of the best contestant that is not us; (None, None) where there was none."""
        peers = {contestant for by in self._values.values() for contestant in by} - {OURS}
        seen = [(peer, self.median(cell, name, peer, **at)) for peer in sorted(peers)]
        seen = [(peer, value) for peer, value in seen if value is not None]
        if not seen:
            return None, None
        return (max if more_is_better(name) else min)(seen, key=lambda one: one[1])

    def summary(self):
        """Each figure of each cell: what everybody had, and ours in relation to the best peer's."""
        out = []
        for (cell, keys, name), by in self._values.items():
            entry = {"cell": cell, **dict(keys), "figure": name,
                     "by": {who: {"median": statistics.median(values), "min": min(values), "max": max(values), "runs": len(values)}
                            for who, values in by.items()}}
            peers = {who: each["median"] for who, each in entry["by"].items() if who != OURS}
            if OURS in by and peers:
                best = (max if more_is_better(name) else min)(peers, key=peers.get)
                entry |= {"peer": best, "ratio": ratio(entry["by"][OURS]["median"], peers[best])}
            out.append(entry)
        return out


def more_is_better(name):
    return "/s" in name and not name.startswith("statements")


def ratio(one, other):
    return one / other if one is not None and other else None


def number(value):
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def spread(values):
    middle = number(statistics.median(values))
    if len(values) == 1 or number(min(values)) == number(max(values)):
        return middle
    return f"{middle} ({number(min(values))}–{number(max(values))})"
