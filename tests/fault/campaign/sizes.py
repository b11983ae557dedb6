"""How much of everything: the two sizes, the test profile of the programs, and what must have happened for a run to count."""
import dataclasses
import os

LEASE_S = 2
REVOKE_CAP_S = 2
LOOK_S = 8  # worker/step_machine.cpp: the longest wait between two looks of one attempt
# Faults off: whoever holds a job notices within a lease, and then sits out one step of back-off at the most; twice that for all of it.
DRAIN_S = 2 * (LEASE_S + max(REVOKE_CAP_S, LOOK_S))
GRACE_S = 1
ATTEMPTS_MAX = 100  # of one job; no job is to be given up because of what the campaign itself does
# Progress: with so many jobs open, something is recorded at least so often; fewer may all be backing off.
QUIET_S, QUIET_JOBS = 10, 20

WORKER = f"""
lease = "{LEASE_S}s"
call_time = "1s"
in_flight_max = 100
crashes_max = 1000
revoke_retry.attempts_max = {ATTEMPTS_MAX}
revoke_retry.base = "200ms"
revoke_retry.cap = "{REVOKE_CAP_S}s"
ticket_retry.base = "200ms"
ticket_retry.cap = "1s"
wait_for_ticket = "10s"
later_looks.poll = "200ms"
breaker.base = "200ms"
breaker.cap = "{REVOKE_CAP_S}s"
[confirmation]
schedule = [""" + ", ".join(['"300ms"'] * 60) + f"""]

[policy]
grace = "{GRACE_S}s"
"""


# Programs under a sanitizer keep their clocks, because libfaketime cannot be loaded beside one, and hold on to memory that they have freed.
SANITIZED = "ASAN_OPTIONS" in os.environ
# What the checker is told.
SETTINGS = {"attempts_max": ATTEMPTS_MAX, "grace_ms": 1000 * GRACE_S, "quiet_seconds": QUIET_S, "quiet_jobs": QUIET_JOBS,
            "rss_growth_percent": 1000 if SANITIZED else 50}


@dataclasses.dataclass
class Size:
    approvals: int  # accepted at least
    fire_s: float
    sleepers: int = 1  # workers that are only ever stopped and woken, besides the three that are killed
    worker_gap_s: float = 2.5  # between two blows at a worker
    receiver_gap_s: float = 10
    postgres_gap_s: float = 11
    blackouts: tuple = ()  # (vendor, share of the fire when it begins, seconds)

    def scaled(self, factor):
        return dataclasses.replace(self, approvals=round(self.approvals * factor), fire_s=self.fire_s * factor,
                                   blackouts=tuple((vendor, begins, seconds * factor) for vendor, begins, seconds in self.blackouts))


SIZES = {
    "ci": Size(approvals=5_000, fire_s=120),
    "nightly": Size(approvals=60_000, fire_s=1_800, sleepers=2, worker_gap_s=2.0, blackouts=(("okta", 0.3, 120), ("linear", 0.6, 300))),
}

# Kind of fault -> how often a minute at least, or the run proves nothing. Well below what is aimed at: chance must not void a run.
MINIMUM_PER_MINUTE = {
    "kill_worker": 12, "freeze_worker": 4, "terminate_worker": 0.5, "kill_receiver": 3, "terminate_receiver": 0.5,
    "postgres_crash": 1, "postgres_kill9": 0.5, "backend_kill9": 0.5,
    "db_cut_after_bind": 1, "db_cut_commit_sent": 1, "db_cut_commit_answered": 1, "db_answer_swallowed": 1, "db_half_message": 1, "db_stall": 1,
    "apply_then_reset": 100, "reset_before": 20, "delay_then_apply": 20, "rate_limit": 2, "status": 50, "html": 10, "truncate": 10,
    "slow_drip": 10, "endless": 10, "wrong_user_echo": 2, "gone": 5, "linear_duplicate": 1,
    "sender_repeat": 100, "sender_renamed": 10, "sender_changed": 10, "sender_replayed": 10, "sender_forged": 10, "sender_stale": 10,
    "sender_cancelled": 5, "rival": 10, "unflag": 10,
    "operator_requeue": 2, "operator_hold": 2, "operator_cancel": 0.5, "operator_requeue_failed": 0.5, "operator_gate": 1, "give_back": 2, "trigger_off": 0.5,
    "legal_hold": 3, "budget_raised": 4, "kill_sealer": 5,
    "clock_worker": 0.5, "clock_receiver": 0.5, "clock_jump": 0.5, "notify_off": 0.5, "rotate_secret": 0.5,
    # I34: zombies did happen, and were refused; guards did object.
    "refused_write": 10, "late_call": 1, "refused_legal_hold": 0.5, "held_budget": 10, "deferred_grace": 500,
}


def minimum(size):
    each = {kind: max(1, int(rate * size.fire_s / 60)) for kind, rate in MINIMUM_PER_MINUTE.items()
            if not (SANITIZED and kind.startswith("clock_"))}
    return each | ({"blackout": len(size.blackouts)} if size.blackouts else {})
