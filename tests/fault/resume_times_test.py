#!/usr/bin/env python3
"""What resume-times promises whatever the machine does, with one ending of each kind; its times are figures and judged nowhere here."""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from harness import expect, main, test


@test
def every_job_ends_and_is_charged_fairly_however_its_worker_or_the_database_ends():
    done = subprocess.run([HERE / "resume-times", "--count", "1"], text=True, capture_output=True, check=False)
    expect(f"exit status ({done.stderr})", done.returncode, 0)
    expect("rows of the table", sum(line.startswith("| ") for line in done.stdout.splitlines()), 6)
    print(done.stdout, flush=True)


main()
