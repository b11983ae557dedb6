#!/usr/bin/env python3
"""Every seeded fault still applies to the product as it is. Whether the campaign notices them takes hours: tests/fault/mutants."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from harness import REPO, expect, main, test

MUTATIONS = sorted((REPO / "tests" / "fault" / "mutations").glob("*.patch"))


@test
def every_mutation_applies():
    expect("at least so many", len(MUTATIONS) >= 40, True)
    for patch in MUTATIONS:
        done = subprocess.run(["git", "-C", REPO, "apply", "--check", patch], text=True, capture_output=True, check=False)
        expect(f"{patch.name} ({done.stderr.strip()})", done.returncode, 0)


@test
def every_mutation_says_what_it_removes_and_who_should_notice():
    for patch in MUTATIONS:
        lines = patch.read_text().splitlines()
        expect(patch.name, (lines[0].startswith("Removes: "), lines[1].startswith("Noticed by: ")), (True, True))


main()
