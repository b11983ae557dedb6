#!/usr/bin/env python3
"""The campaign of 1,000 approvals; campaign.py takes other sizes and seeds."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import campaign
from harness import expect, main, test


@test
def a_thousand_approvals_under_kills_and_lost_answers_all_end_and_break_no_invariant():
    expect("the checker is content", campaign.run(campaign.options([])), True)


main()
