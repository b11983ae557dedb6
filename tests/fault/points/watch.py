"""Every place of a program's life that can be told apart from outside, named by what it means and how often it has come.

A Watch sits as the hook in the proxies around one program and counts what passes. Where the one point it was given comes by, it says so
and does with the message what it was told.
"""
import collections
import dataclasses
import threading

from tcp_proxy import PASS


@dataclasses.dataclass(frozen=True)
class Point:
    what: str  # a statement, "commit of" one, "connect", or an HTTP request
    phase: str  # asked: it has left the program, and not arrived. answered: it was done, and the answer has not come back
    nth: int

    def __str__(self):
        return f"{self.what}, {self.phase}" + (f" ({self.nth}.)" if self.nth > 1 else "")


class Watch:
    """act(): asked in a proxy's thread when the point comes by; what it returns is done with the message."""

    def __init__(self, point=None, act=None):
        self.point = point
        self.act = act
        self.seen = []
        self.reached = threading.Event()
        self._counts = collections.Counter()
        self._counting = threading.Lock()
        self._greeted = set()  # connections that the server has answered
        self._statement = {}  # the last one of each connection's transaction
        self._in_transaction = set()  # by what has been answered

    def has_come(self):
        """Whether the point has come by; one that is being acted on just now counts."""
        with self._counting:
            return self.reached.is_set()

    def http(self, message):
        return self._passes(message.about, "asked" if message.to_server else "answered")

    def pg(self, message):
        of, about = message.connection, message.about
        if message.kind == "Startup":
            return self._passes("connect", "asked")
        if message.kind == "ReadyForQuery" and of not in self._greeted:
            self._greeted.add(of)
            return self._passes("connect", "answered")
        if message.kind == "Execute" and about != "begin":
            if about == "commit":
                return self._passes(f"commit of {self._statement[of]}", "asked")
            self._statement[of] = about
            return self._passes(about, "asked")
        if message.kind == "CommandComplete":
            if about == "begin":
                self._in_transaction.add(of)
            elif about == "commit":
                self._in_transaction.discard(of)
                return self._passes(f"commit of {self._statement[of]}", "answered")
            elif of not in self._in_transaction:
                return self._passes(about, "answered")
        return PASS

    def _passes(self, what, phase):
        with self._counting:
            self._counts[what, phase] += 1
            point = Point(what, phase, self._counts[what, phase])
            self.seen.append(point)
            if point != self.point:
                return PASS
        action = self.act()
        self.reached.set()
        return action
