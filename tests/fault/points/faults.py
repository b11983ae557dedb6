"""What happens to a program at one point. Each is told in two halves: begin() in the proxy's thread, when the message is there and nothing
of it has gone on, and finish() in the run's own, where it may take its time."""
import signal
import time

from harness import expect, wait_until
from judge import now_us
from tcp_proxy import CUT_BEFORE, Hold

LEASE_S = 2  # the shortest that a worker can be configured to


class Fault:
    """run: a stories.Run."""
    ends_victim = False

    def __init__(self, run):
        self.run = run
        self.held = Hold()

    def begin(self):
        return self.held

    def finish(self):
        pass


class Kill(Fault):
    """SIGKILL. A request does not arrive, an answer is not read; another program takes over."""
    ends_victim = True

    def begin(self):
        self.run.victim.signal(signal.SIGKILL)
        return CUT_BEFORE

    def finish(self):
        expect("the victim ends with", self.run.victim.wait(), -signal.SIGKILL)
        self.run.replace()


class Freeze(Fault):
    """SIGSTOP for two leases, its message on the way all the while; another takes over, and then it wakes as if nothing had been."""

    def begin(self):
        self.run.victim.freeze()
        return self.held

    def finish(self):
        until = time.monotonic() + 2 * LEASE_S
        self.run.replace()
        time.sleep(max(until - time.monotonic(), 0))
        self.run.victim.thaw()
        self.held.release()


class Cut(Fault):
    """The connection ends: a request does not arrive, an answer is lost. The program goes on by itself."""

    def begin(self):
        return CUT_BEFORE


class Crash(Fault):
    """Every process of PostgreSQL is killed, and it is started again. The program goes on by itself."""

    def finish(self):
        since = now_us()
        self.run.world.cluster.kill9()
        self.held.release()
        self.run.world.cluster.start()
        self.run.judge.fault("outage", "postgres", at_us=since, until_us=now_us())


class Terminate(Fault):
    """SIGTERM, and what is on its way goes on when the program has noticed. Another takes over; a second SIGTERM ends it at once."""
    ends_victim = True

    def finish(self):
        victim, second = self.run.victim, self.run.terminating
        victim.signal(signal.SIGTERM)
        wait_until(lambda: not victim.alive() or victim.logged(self.run.notices_second if second else self.run.notices),
                   f"{victim.name} notices SIGTERM")
        self.held.release()
        # It may have been about to end when the second one came.
        expect(f"{victim.name} ends as asked", victim.wait() in ((0, self.run.ends_at_second) if second else (0,)), True)
        self.run.replace()


FAULTS = {"kill": Kill, "freeze": Freeze, "cut": Cut, "crash": Crash, "terminate": Terminate}
