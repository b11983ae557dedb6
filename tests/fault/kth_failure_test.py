#!/usr/bin/env python3
"""A share of kth-failure, another one each time; the whole: tests/fault/kth-failure."""
import os
import pathlib
import random

EVERY = 10
script = pathlib.Path(__file__).resolve().parent / "kth-failure"
share = ["--every", str(EVERY), "--skip", str(random.SystemRandom().randrange(EVERY))]
print("kth-failure", *share, flush=True)
os.execv(script, [script, *share])
