"""Runs many small runs side by side: most of a run is waiting. A lane is a process with a PostgreSQL of its own, so that one may crash
without the others."""
import contextlib
import ctypes
import itertools
import multiprocessing
import queue
import random
import shutil
import signal
import sys
import traceback

from approval_tool import ApprovalTool
from database import Cluster
from harness import scratch_folder
from points.stories import SEAT, Unreached
from webhook import approval
from world import SOURCE, World

TRIES = 3  # of a point that a run did not come by


class Lane(contextlib.ExitStack):
    """A cluster with the databases that stories begin with: `flagged`, a flagged seat; `approved`, one whose removal a receiver has
    taken, by requests that sender_log holds."""

    def __init__(self):
        super().__init__()
        # Killing processes loses nothing that was handed to the kernel, and hundreds of databases are made here.
        self.cluster = Cluster.private(fsync="off", shared_buffers="32MB", max_connections=60)
        self.callback(self.cluster.destroy)
        self.folder = scratch_folder("lane")
        self.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.sender_log = self.folder / "sender.ndjson"
        with World(cluster=self.cluster) as world:
            world.db.row("select reclaim.flag_seat('figma', %s, %s)", SEAT, SEAT)
            self.cluster.keep_as_template(world.db, "flagged")
        with World(cluster=self.cluster, template="flagged") as world:
            world.start_receiver()
            tool = ApprovalTool(f"{world.receiver_url}/v1/webhooks/{SOURCE}", self.sender_log, random.Random(1), threads=1)
            tool.plan(approval("figma", SEAT, 1, None))
            tool.start()
            tool.wait_taken(30)
            tool.stop()
            world.receiver.terminate()
            self.cluster.keep_as_template(world.db, "approved")

    def run(self, play):
        """play(lane) until it comes by its point. The verdict: "ok", "not reached", or what went wrong."""
        for _ in range(TRIES):
            try:
                return play(self) or "ok"
            except Unreached:
                continue
            except Exception:  # the other runs of this lane are to go on
                self.cluster.start()
                return traceback.format_exc()
        return "not reached"


def _work(tasks, verdicts):
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # goes with its parent
    ending = []

    def end(*_):
        ending.append(True)
        sys.exit(143)
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Lane() as lane:
        while not ending:  # what was running may have swallowed the exit
            with contextlib.suppress(queue.Empty):
                number, play = tasks.get(timeout=0.5)
                verdicts.put((number, lane.run(play)))


class Lanes(contextlib.ExitStack):
    def __init__(self, count):
        super().__init__()
        context = multiprocessing.get_context("fork")
        self._tasks, self._verdicts = context.Queue(), context.Queue()
        self._workers = [context.Process(target=_work, args=(self._tasks, self._verdicts)) for _ in range(count)]
        for worker in self._workers:
            worker.start()
            self.callback(worker.join)
            self.callback(worker.terminate)

    def run(self, plays):
        """Yields (index, verdict) of each play as it ends, and asks plays for the next only when a lane is free. A play is a function of a
        Lane that can be sent to another process."""
        tasks = enumerate(plays)
        out = 0

        def put(count):
            nonlocal out
            for task in itertools.islice(tasks, count):
                self._tasks.put(task)
                out += 1
        put(len(self._workers))
        while out:
            try:
                verdict = self._verdicts.get(timeout=1)
            except queue.Empty:
                if not all(worker.is_alive() for worker in self._workers):
                    raise RuntimeError("a lane has died") from None
                continue
            out -= 1
            yield verdict
            put(1)
