"""The database's clock, moved on from one thing that is due to the next: hours of waiting in seconds, with nothing left out."""
from harness import wait_until
from webhook import SECRET
from world import SOURCE

MOVE = """
create function public.move_clock(p_to float8) returns void language plpgsql as $$
begin
    execute format('create or replace function reclaim.clock() returns timestamptz language sql stable as '
        '''select clock_timestamp() + make_interval(secs => %s)''', p_to);
    perform pg_notify('reclaim_gate', '');
    perform pg_notify('reclaim_job', '');
end;
$$
"""
# Whether no worker holds a job and none is due; and when the next is.
REST = """
select not coalesce(bool_or(claim_token is not null or visible_at <= reclaim.clock()), false) as idle,
    extract(epoch from min(visible_at) filter (where visible_at < 'infinity') - reclaim.clock())::float8 as next from reclaim.job
"""


class ShiftedClock:
    """now: seconds since it began, by the database. The world's requester is made to accept its signatures."""

    def __init__(self, world):
        self.db = world.db
        self.now = 0.0
        self.db.run(MOVE)
        world.sandbox.control("PUT", "/config", {"requester": {SOURCE: {"secrets": [SECRET], "tolerance_s": 30 * 86400}}})

    def _rest(self):
        row = self.db.row(REST)
        return row if row["idle"] else None

    def _move(self, to):
        self.now = to
        self.db.row("select public.move_clock(%s)", to)

    def pass_by(self, seconds):
        """So much time, stopping whenever something is due and until that is done."""
        end = self.now + seconds
        while True:
            due = wait_until(self._rest, "the workers come to rest", 20, 0.005)["next"]
            # What was put off together, within a second, is due together.
            if due is None or self.now + due + 1 >= end:
                break
            self._move(self.now + due + 1)
        self._move(end)
        wait_until(self._rest, "the workers come to rest", 20, 0.005)
