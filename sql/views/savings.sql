-- savings: removal_savings by app, currency and month of removal. A removal of unknown cost is counted and adds nothing.
create or replace view reclaim.savings as
select app, currency, to_char(removed_at at time zone 'UTC', 'YYYY-MM') as removed_in, count(*) as removals,
    count(*) filter (where minor_per_month is null) as cost_unknown, count(*) filter (where taken_back_at is not null) as taken_back,
    coalesce(sum(minor_per_month) filter (where taken_back_at is null), 0) as minor_per_month, coalesce(sum(saved_minor), 0) as saved_minor
from reclaim.removal_savings group by 1, 2, 3;
comment on view reclaim.savings is 'Realised savings by app, currency and month of removal (UTC): per month from now on, and so far. Verified removals alone.';
