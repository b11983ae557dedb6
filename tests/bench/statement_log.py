"""How long PostgreSQL worked on each statement of the programs under test: its own log, so that nobody has to be asked.

The times are the server's: executing one statement, without the way there and back and without the commit. They are those of the very
statements the worker runs, at the pace and in the batches it runs them. Sessions opened after listen() are logged.
"""
import contextlib
import re

ENTRY = re.compile(r"^\S+ \S+ \S+ \[\d+\] (?:\S+@(?P<db>\S+) .*?: )?(?P<level>[A-Z]+): (?P<text>.*)$")
DURATION = re.compile(r"^ duration: (?P<ms>[0-9.]+) ms  (?:execute [^:]*|statement): (?P<statement>.*)", re.S)


class StatementLog:
    def __init__(self, cluster, db):
        self._file = cluster.folder / "log"
        self._name = db.url.rpartition("/")[2]
        self._from = 0
        cluster.admin.run(f"""alter database {self._name} set log_min_duration_statement = 0;
            alter database {self._name} set log_parameter_max_length = 0""")

    def listen(self):
        """Forgets what was logged so far."""
        self._from = self._file.stat().st_size

    def statements(self):
        """(milliseconds, text on one line) of each since listen()."""
        for text in self._entries():
            found = DURATION.match(text)
            if found:
                yield float(found["ms"]), " ".join(found["statement"].split())

    def times_of(self, pattern):
        return [ms for ms, text in self.statements() if pattern in text]

    def _entries(self):
        held = None
        with contextlib.closing(open(self._file, encoding="utf-8", errors="replace")) as log:
            log.seek(self._from)
            for line in log:
                if line.startswith("\t"):
                    if held is not None:
                        held += line
                    continue
                if held is not None:
                    yield held
                entry = ENTRY.match(line)
                held = entry["text"] if entry and entry["db"] == self._name and entry["level"] == "LOG" else None
        if held is not None:
            yield held
