#!/usr/bin/env python3
"""The campaign in its smaller size; tests/fault/run takes other sizes and seeds."""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import expect, main, test

from campaign import run


@test
def five_thousand_approvals_under_forty_kinds_of_faults_all_end_and_break_no_invariant():
    expect("verdict", run.run("ci", random.SystemRandom().randrange(1 << 31))["verdict"], "green")


main()
