#!/usr/bin/env python3
"""A share of kth-failure; the whole: tests/fault/kth-failure."""
import os
import pathlib

script = pathlib.Path(__file__).resolve().parent / "kth-failure"
os.execv(script, [script, "--every", "5"])
