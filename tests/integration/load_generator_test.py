#!/usr/bin/env python3
"""The benchmark's load generator ends when its work is done, whatever happens meanwhile."""
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import BIN, expect, main, test, wait_until
from programs import Program
from world import World

LOAD = BIN / "tests" / "bench" / "reclaim-load"
PAUSE_S = 0.2
LOOK_EVERY_S = 0.25  # how often it looks for overdue answers


@test
def a_look_for_overdue_answers_that_was_due_already_does_not_outlive_the_last_sender():
    with World() as world:
        world.start_receiver()
        load = world.started(Program([LOAD, "--url", f"{world.receiver_url}/v1/webhooks/itsm", "--secret-file",
                                      world.folder / "webhook.secret", "--requests", "1", "--pause-ms", int(PAUSE_S * 1000)], "load"))
        wait_until(lambda: world.db.value("select count(*) from reclaim.approval") == 1, "the approval arrives")
        # Asleep past the pause and the look: on waking both are due, the pause first, which ends the last sender.
        load.freeze()
        time.sleep(PAUSE_S + 2 * LOOK_EVERY_S)
        load.thaw()
        expect("its exit status", load.wait(5), 0)


main()
