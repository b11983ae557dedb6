#!/usr/bin/env python3
"""A share of crash-points that differs in point and fault; the whole takes minutes: tests/fault/crash-points."""
import os
import pathlib

script = pathlib.Path(__file__).resolve().parent / "crash-points"
os.execv(script, [script, "--every", "4"])
