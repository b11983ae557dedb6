#!/usr/bin/env python3
"""The campaign in its smaller size; tests/fault/run takes other sizes and seeds."""
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import Skip, expect, main, test

from campaign import run
from campaign.traffic import Traffic


@test
def a_seed_is_a_plan():
    def planned(seed):
        traffic = Traffic(200, 10, random.Random(seed))
        return traffic.reflags, [(at_s, in_s, sent.delivery_id, sent.kind, [(s, after.kind) for s, after in sent.then])
                                 for number, (at_s, seat) in enumerate(traffic.arrivals, 1) for in_s, sent in traffic.around(number, seat, at_s)]
    expect("the same again", planned("7") == planned("7"), True)
    expect("another seed, another plan", planned("7") == planned("8"), False)


@test
def five_thousand_approvals_under_fifty_kinds_of_faults_all_end_and_break_no_invariant():
    verdict = run.run("ci", random.SystemRandom().randrange(1 << 31))["verdict"]
    if verdict == "void":
        raise Skip("too few faults of some kind fired for the run to prove anything; nothing was violated")
    expect("verdict", verdict, "green")


main()
