"""What the test scripts share: naming tests, waiting for conditions, ending with one line of counts. Standard library only.

A script looks like this and is run by tests/run, or by hand when RECLAIM_BIN_DIR names a build:

    import sys, pathlib
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
    from harness import expect, main, test, wait_until
    from world import World

    @test
    def a_killed_workers_job_is_finished_by_another():
        with World() as world: ...

    main()
"""
import os
import pathlib
import signal
import sys
import tempfile
import time
import traceback

REPO = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("RECLAIM_BIN_DIR", REPO / "build" / "release"))

_tests = []


class Skip(Exception):
    """Raised by a test whose surroundings are missing; says which."""


def test(function):
    _tests.append(function)
    return function


def expect(what, seen, wanted):
    if seen != wanted:
        raise AssertionError(f"{what}: saw {seen!r}, wanted {wanted!r}")


def wait_until(condition, what, limit_s=10.0, pause_s=0.01):
    """Polls until condition() is true and returns what it gave; a limit reached is a failure that names the wait."""
    end = time.monotonic() + limit_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= end:
            raise AssertionError(f"waited {limit_s:g} s in vain: {what}")
        time.sleep(pause_s)


def scratch_folder(name):
    """On disk, with a short path, reachable by the user PostgreSQL runs as. The caller removes it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"reclaim-{name}-", dir="/var/tmp"))
    folder.chmod(0o755)
    return folder


def main():
    """Runs every test, or those whose name contains one of the arguments, and exits."""
    # Ended from outside, the script still stops what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    passed = failed = skipped = 0
    for function in _tests:
        if sys.argv[1:] and not any(wanted in function.__name__ for wanted in sys.argv[1:]):
            continue
        name, started = function.__name__.replace("_", " "), time.monotonic()
        try:
            function()
        except Skip as why:
            skipped += 1
            print(f"skip  {name}: {why}", flush=True)
        except Exception:  # a failed test must not hide the ones after it
            failed += 1
            print(f"FAIL  {name}\n{traceback.format_exc()}", flush=True)
        else:
            passed += 1
            print(f"ok    {name} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    sys.exit(1 if failed or not passed + skipped else 0)
