"""What people do meanwhile, through psql functions and as the roles they have: requeue, hold and release, cancel; close and open gates;
switch the trigger; place legal holds; raise a budget and release what it held; take a flag back and set it again."""
import contextlib
import json
import time

from approval_tool import Request
from database import Database, SqlError
from webhook import approval

from .traffic import BUDGETED_APPROVER

OPERATOR, DETECTOR = "campaign_operator", "campaign_detector"
SCOPES = ("connector:okta", "app:figma", "linear", "callback:itsm", "all")
REFUSED = ("RC409", "RC404")  # somebody was faster, and the database said so


def make_roles(db):
    db.run(f"create role {OPERATOR} login in role reclaim_operator; create role {DETECTOR} login in role reclaim_detector")


class Person:
    """A psql session that comes back when the database does."""

    def __init__(self, db, role):
        self._database = Database(db.url.replace("//postgres@", f"//{role}@"))

    def does(self, sql, *values):
        """True when it was done; False when the database refused it, None when it was away and nobody knows."""
        try:
            self._database.rows(sql, *values)
            return True
        except SqlError as why:
            if any(code in str(why) for code in REFUSED):
                return False
            if "ERROR:" in str(why) and "57P0" not in str(why):
                raise
            return None

    def asks(self, sql, *values):
        """The first value, or None where there is no row or no database."""
        return next(iter(self.asks_all(sql, *values)), None)

    def asks_all(self, sql, *values):
        try:
            return [next(iter(row.values())) for row in self._database.rows(sql, *values)]
        except SqlError:
            return []

    def insists(self, sql, *values):
        """Tries until the database has done or refused it, also when the fire is out: what is closed must be opened again."""
        while (done := self.does(sql, *values)) is None:
            time.sleep(0.1)
        return done

    def close(self):
        self._database.close()


@contextlib.contextmanager
def acting(db, role):
    person = Person(db, role)
    try:
        yield person
    finally:
        person.close()


def flag_event(what, seat):
    more = {"subject": seat} if what == "flagged" else {"reason": "campaign"}
    return json.dumps({"type": f"seat.{what}", "data": {"app": "figma", "seat": seat} | more}).encode()


def operate(db, fire, ledger, dice, gap_s=0.8):
    """Acts on any job that is open, whatever it is in the middle of."""
    with acting(db, OPERATOR) as operator, acting(db, "postgres") as looker:
        while fire.rest(dice.expovariate(1 / gap_s)):
            act = dice.choices(("requeue", "hold", "cancel", "requeue_failed"), (4, 4, 2, 1))[0]
            if act == "requeue_failed":
                again = operator.asks_all("select unnest(ids) from reclaim.requeue_jobs('campaign', p_dry_run => false) where refusal is null")
                for job in again:
                    ledger.fault("operator_requeue_failed", str(job))
                continue
            job = looker.asks("select id from reclaim.job where state <> 'held' and (state = 'validate' or %s <> 'cancel') "
                              "order by random() limit 1", act)
            done = False if job is None else operator.does(f"select reclaim.{act}(%s, 'campaign')", job)
            if done:
                ledger.fault(f"operator_{act}", str(job))
            # None: the answer was lost with the database, and the job may be held all the same.
            if act == "hold" and done is not False:
                fire.rest(dice.uniform(0.3, 2))
                operator.insists("select reclaim.release(%s, 'campaign')", job)


def keep_gates(db, fire, ledger, dice, now_us, gap_s=10):
    """Closes a scope for a while, and opens whatever the workers closed until somebody looks."""
    with acting(db, OPERATOR) as operator, acting(db, "postgres") as looker:
        scopes = []
        while fire.rest(dice.expovariate(1 / gap_s) if scopes else 2):
            open_refused(operator, looker, ledger)
            scopes = scopes or dice.sample(SCOPES, len(SCOPES))
            scope, since = scopes.pop(), now_us()
            if operator.does("select reclaim.close_gate(%s, 'campaign')", scope):
                fire.rest(dice.uniform(0.5, 2.5))
                operator.insists("select reclaim.open_gate(%s, 'campaign')", scope)
                ledger.fault("operator_gate", scope, at_us=since, until_us=now_us())
        open_refused(operator, looker, ledger)


def open_refused(operator, looker, ledger):
    """A refused credential stops everybody until a person has seen to it."""
    for scope in looker.asks_all("select scope from reclaim.gate where closed_until = 'infinity'"):
        if operator.insists("select reclaim.open_gate(%s, 'the credential is right')", scope):
            ledger.fault("credential_refused", scope)


def hold_legally(db, fire, ledger, dice, gap_s=1.5):
    """Somebody whose removal is under way or about to begin is named in a case, for a while."""
    with acting(db, OPERATOR) as operator, acting(db, "postgres") as looker:
        while fire.rest(dice.expovariate(1 / gap_s)):
            name = looker.asks("select a.subject from reclaim.job j join reclaim.approval a on a.id = j.id "
                               "where j.state in ('validate', 'revoke') order by random() limit 1")
            done = False if name is None else operator.does("select reclaim.place_legal_hold(%s, 'campaign', 'figma')", name)
            if done:
                ledger.fault("legal_hold", name)
            if done is not False:
                fire.rest(dice.uniform(0.5, 3))
                operator.insists("select reclaim.lift_legal_hold(%s, 'campaign', 'figma')", name)


BUDGET, FIRST_BUDGET = "approver:" + BUDGETED_APPROVER, 10


def set_budgets(operator, count_max):
    """One that is met all the time, whose window is longer than the run; and one for all, so that every intent takes two units or three."""
    operator.insists("select reclaim.set_budget(%s, '1 day', 'campaign', %s)", BUDGET, count_max)
    operator.insists("select reclaim.set_budget('app:figma', '1 hour', 'campaign', 1000000)")
    operator.insists("select reclaim.set_budget('all', '10 minutes', 'campaign', 1000000)")


def keep_budget(db, fire, ledger, dice, gap_s=5):
    """Lets some more of its jobs go on, each time."""
    with acting(db, OPERATOR) as operator, acting(db, "postgres") as looker:
        while fire.rest(dice.uniform(0.5, 1.5) * gap_s):
            if held := held_by_budget(looker):
                raise_budget(operator, looker, ledger, dice.randint(1, held))


def held_by_budget(looker):
    return looker.asks("select count(*) from reclaim.job where state = 'held' and reason = 'budget'")


def lift_budget(operator, looker, ledger, count_max):
    """No job is held by it any more; one that was being held while it was released is released by the next."""
    raise_budget(operator, looker, ledger, count_max)
    while held_by_budget(looker):
        operator.insists("select reclaim.release_budget(%s, 'campaign', 'campaign')", BUDGET)


def raise_budget(operator, looker, ledger, by):
    count_max = looker.asks("select count_max from reclaim.budget where scope = %s", BUDGET)
    if count_max is None:
        return
    operator.insists("select reclaim.set_budget(%s, '1 day', 'campaign', %s)", BUDGET, count_max + by)
    if operator.insists("select reclaim.release_budget(%s, 'campaign', 'campaign')", BUDGET):
        ledger.fault("budget_raised", BUDGET, by=by)


def switch_trigger(db, fire, ledger, dice, now_us, gap_s=25):
    with acting(db, OPERATOR) as operator:
        while fire.rest(dice.uniform(0.6, 1.2) * gap_s):
            since = now_us()
            operator.insists("select reclaim.set_trigger(false, 'campaign')")
            fire.rest(dice.uniform(0.5, 2))
            operator.insists("select reclaim.set_trigger(true, 'campaign')")
            ledger.fault("trigger_off", "trigger", at_us=since, until_us=now_us())


def detect(db, fire, ledger, dice, tool, traffic):
    """Seats cleared and flagged again at any moment before, during or after their removal; one half by psql, the other by signed webhooks."""
    with acting(db, DETECTOR) as detector:
        for at_s, seat in traffic.reflags:
            if not fire.rest(at_s + traffic.late_s - fire.elapsed()):
                break
            if dice.random() < 0.5:
                ledger.fault("unflag", seat)
                tool.send(Request(flag_event("unflagged", seat), f"msg-{seat}-unflag", "unflagged",
                                  then=((0, Request(flag_event("flagged", seat), f"msg-{seat}-flag", "flagged")),)))
                continue
            # Either half may be lost with the database, as it may be in life; a seat left unflagged refuses its approval.
            if detector.does("select reclaim.unflag_seat('figma', %s, 'campaign')", seat):
                ledger.fault("unflag", seat)
            detector.does("select reclaim.flag_seat('figma', %s, %s)", seat, seat)


GIVEN_BACK_AFTER_S = 20  # longer than any call of an earlier removal may still be on its way


def give_back(world, fire, ledger, dice, tool, gap_s=2):
    """Seats that were removed are given back, flagged and approved again: their second removal is a new one."""
    with acting(world.db, DETECTOR) as detector, acting(world.db, "postgres") as looker:
        while fire.rest(dice.uniform(0.5, 1.5) * gap_s):
            seat = looker.asks("select a.seat from reclaim.job_done d join reclaim.approval a on a.id = d.id join reclaim.seat s "
                               "on s.app = a.app and s.seat = a.seat and s.state = 'removed' where a.app = 'figma' and d.outcome = 'removed' "
                               "and d.finished_at between reclaim.clock() - interval '1 minute' and reclaim.clock() - %s * interval '1 second' "
                               "order by random() limit 1", GIVEN_BACK_AFTER_S)
            if seat is None:
                continue
            ledger.fault("give_back", f"figma/{seat}")
            world.sandbox.assign("figma", seat)
            epoch = detector.asks("select reclaim.flag_seat('figma', %s, %s)", seat, seat)
            if epoch is not None:
                tool.send(Request(approval("figma", seat, epoch, None, approval_id=f"apr-{seat}-{epoch}"), f"msg-{seat}-{epoch}"))
