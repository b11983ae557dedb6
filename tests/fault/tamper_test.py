#!/usr/bin/env python3
"""Two of each kind of tampering; as many as you like: tests/fault/tamper --count N."""
import os
import pathlib

script = pathlib.Path(__file__).resolve().parent / "tamper"
os.execv(script, [script, "--count", "16"])
