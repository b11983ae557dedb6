"""The chaos campaign: run.py is its order of events, the other modules are who does the damage. Started by tests/fault/run."""
