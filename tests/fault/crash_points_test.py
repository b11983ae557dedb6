#!/usr/bin/env python3
"""A share of crash-points that differs in point and fault, another one each time; the whole takes minutes: tests/fault/crash-points."""
import os
import pathlib
import random

EVERY = 8
script = pathlib.Path(__file__).resolve().parent / "crash-points"
share = ["--every", str(EVERY), "--skip", str(random.SystemRandom().randrange(EVERY))]
print("crash-points", *share, flush=True)
os.execv(script, [script, *share])
