-- connector_limits: connectors that have a limit, are slowed down or in trouble: what they may do and what they do now.
create or replace view reclaim.connector_limits as
select connector, l.rate as calls_per_second, l.burst, l.concurrency,
    (select count(*) from reclaim.call_permit p where p.connector = c.connector and p.ends_at > reclaim.clock()) as calls_under_way,
    (select count(*) from reclaim.job where waiting_for = 'limit:' || c.connector) as jobs_waiting,
    case when l.slow_until > reclaim.clock() then l.slow_until end as slowed_until,
    coalesce(t.failures, 0) as failures_in_a_row, g.closed_until, g.probe_at, g.why as closed_why
from (select connector from reclaim.connector_limit union select connector from reclaim.connector_trouble) as c
    left join reclaim.connector_limit l using (connector)
    left join reclaim.connector_trouble t using (connector)
    left join reclaim.gate g on g.scope = 'connector:' || c.connector and g.closed_until > reclaim.clock();
comment on view reclaim.connector_limits is 'Connectors that are limited, slowed down by their vendor or in trouble: their limits, the calls under way, and the jobs that wait for their turn.';
