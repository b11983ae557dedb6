"""The time of faults: everyone who does damage rests by it, so that all stop together, and none fails unheard. It lasts as long as was asked,
and on a slow machine until everything that was to be sent has been sent."""
import threading
import time


LONGER_AT_MOST = 3  # times what was asked
STEP_S = 0.5


class Fire:
    def __init__(self, seconds):
        self.seconds = seconds
        self.all_sent = False
        self._out = threading.Event()
        self._threads = []
        self._began = None
        self.failures = []

    def light(self):
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()

    def by(self, name, what, *arguments):
        """what runs beside the others once the fire is lit, and returns soon after rest() says False."""
        def guarded():
            try:
                what(*arguments)
            except Exception as why:  # told by whoever waits for the end
                self.failures.append((name, why))
                self._out.set()
        self._threads.append(threading.Thread(target=guarded, name=name, daemon=True))

    def elapsed(self):
        return time.monotonic() - self._began

    def burning(self):
        limit = self.seconds if self.all_sent else self.seconds * LONGER_AT_MOST
        return not self._out.is_set() and self.elapsed() < limit

    def rest(self, seconds):
        """Sleeps, but never past the end. Whether the fire still burns."""
        until = time.monotonic() + seconds
        while self.burning() and (left := until - time.monotonic()) > 0:
            self._out.wait(min(left, STEP_S))
        return self.burning()

    def put_out(self):
        self._out.set()

    def wait_out(self):
        for thread in self._threads:
            thread.join()
        if self.failures:
            name, why = self.failures[0]
            raise AssertionError(f"{name} could not do its damage: {why!r}") from why
