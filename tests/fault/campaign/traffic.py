"""What senders send: every seat's approval at its moment, and around it everything a sender, a thief or a careless person may add."""
import json

from approval_tool import Request
from webhook import approval

OTHER_SECRET = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgbG9uZyBlbm91Z2g="
STALE_S = -400
LOOK_EVERY = 20
OPEN_REQUESTS_MAX, OPEN_JOBS_MAX = 150, 400
REPLAY_TOO_LATE_S = 330  # past the tolerance of 300 s

# Share of approvals around which it happens.
REPEATED, TWICE_AT_ONCE, RENAMED, CHANGED, REPLAYED, FORGED, STALE = 0.15, 0.05, 0.02, 0.02, 0.02, 0.02, 0.02
RIVALS, CANCELLED, REFLAGGED = 0.03, 0.015, 0.03
BUDGETED, BUDGETED_APPROVER = 0.05, "new.lead@example.com"  # approved by somebody who may not have many removed


class Traffic:
    """Everything from the seed: which seats, when, and what else is sent. Bodies are written when they are due."""

    def __init__(self, approvals, fire_s, dice, app="figma"):
        self._dice, self._app, self._fire_s = dice, app, fire_s
        rivals = round(approvals * RIVALS)
        self.seats = [f"u{number}" for number in range(1, approvals - rivals + 1)]
        self.arrivals = [(dice.uniform(0, fire_s * 0.97), seat) for seat in self.seats + dice.sample(self.seats, rivals)]
        self.arrivals.sort()
        self.late_s = 0  # how far a slow machine is behind the plan
        first = {}
        for at_s, seat in self.arrivals:
            first.setdefault(seat, at_s)
        # Cleared around the time of the approval: a little before it, while it waits, or when all is done.
        self.reflags = sorted((min(max(0, first[seat] + dice.uniform(-1, 4)), fire_s * 0.97), seat)
                              for seat in dice.sample(self.seats, round(approvals * REFLAGGED)))

    @staticmethod
    def plain(app, seats):
        return [Request(approval(app, seat, 1, None, approval_id=f"apr-{app}-{seat}"), f"msg-{app}-{seat}") for seat in seats]

    def send(self, fire, tool, ledger, open_jobs):
        """Hands everything to the tool in time, or as soon as what was sent before is not piling up any more."""
        seen = set()
        for number, (at_s, seat) in enumerate(self.arrivals, 1):
            if not fire.rest(at_s + self.late_s - fire.elapsed()):
                break
            while number % LOOK_EVERY == 0 and (tool.open() > OPEN_REQUESTS_MAX or (open_jobs() or 0) > OPEN_JOBS_MAX):
                if not fire.rest(0.5):
                    break
            self.late_s = max(self.late_s, fire.elapsed() - at_s)
            if seat in seen:
                ledger.fault("rival", seat)
            seen.add(seat)
            for in_s, request in self.around(number, seat, at_s):
                tool.send(request, in_s)
        fire.all_sent = True

    def around(self, number, seat, at_s):
        """(seconds, Request) of one approval and its company."""
        dice = self._dice
        by = {"approver": BUDGETED_APPROVER} if dice.random() < BUDGETED else {}
        body = approval(self._app, seat, 1, None, approval_id=f"apr-{number}", **by)
        first, after = Request(body, f"msg-{number}"), []
        yes = {name: dice.random() < share for name, share in
               (("repeated", REPEATED), ("at_once", TWICE_AT_ONCE), ("renamed", RENAMED), ("changed", CHANGED), ("replayed", REPLAYED),
                ("forged", FORGED), ("stale", STALE), ("cancelled", CANCELLED))}
        soon = [dice.uniform(0, 3) for _ in range(8)]
        if yes["repeated"]:
            after += [(dice.uniform(0, 5), Request(body, first.delivery_id, "repeat")) for _ in range(dice.randint(1, 4))]
        if yes["renamed"]:
            after.append((soon[0], Request(body, f"msg-{number}-again", "renamed")))
        if yes["changed"]:
            after.append((soon[1], Request(self._by_another(body), dice.choice((first.delivery_id, f"msg-{number}-changed")), "changed")))
        if yes["replayed"]:
            after.append((soon[2], Request(body, first.delivery_id, "replayed", as_before=True)))
        if yes["stale"] and at_s + REPLAY_TOO_LATE_S < self._fire_s:
            after.append((REPLAY_TOO_LATE_S, Request(body, first.delivery_id, "stale", in_window=False, as_before=True)))
        first.then = tuple(after)
        yield 0, first
        if yes["at_once"]:
            yield 0, Request(body, first.delivery_id, "repeat")
        if yes["forged"]:
            yield soon[3], Request(body, dice.choice((first.delivery_id, f"msg-{number}-forged")), "forged", signed_ok=False, secret=OTHER_SECRET)
        if yes["stale"]:
            yield soon[4], Request(body, first.delivery_id, "stale", in_window=False, stamp_s=dice.choice((STALE_S, -STALE_S)))
        if yes["cancelled"]:
            yield soon[5] / 6, Request(self._cancellation(number), f"msg-{number}-cancel", "cancelled")

    @staticmethod
    def _by_another(body):
        changed = json.loads(body)
        changed["data"]["approver"] = "mallory@example.com"
        return json.dumps(changed).encode()

    @staticmethod
    def _cancellation(number):
        return json.dumps({"type": "seat.removal.cancelled", "data": {"approval_id": f"apr-{number}", "reason": "campaign"}}).encode()
