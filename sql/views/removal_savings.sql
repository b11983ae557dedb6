-- removal_savings: what each verified removal saves: removed by us and seen gone, not what was already absent or is only dated. The cost is
-- the one detection had told when the removal began, frozen in its intent: unknown stays unknown. Taken back is what was given back or was
-- found assigned again; from then on nothing is saved. A restore's event is of its own job, and names the removal it undoes.
create or replace view reclaim.removal_savings as
select r.job_id, a.app, a.seat, r.recorded_at as removed_at, (c.cost ->> 'minor')::bigint as minor_per_month, c.cost ->> 'currency' as currency,
    t.recorded_at as taken_back_at, t.event_type as taken_back_by,
    round((c.cost ->> 'minor')::numeric * extract(epoch from coalesce(t.recorded_at, reclaim.clock()) - r.recorded_at) / (365.25 * 86400 / 12))::bigint
        as saved_minor
from reclaim.audit r
    join reclaim.approval a on a.id = r.job_id
    left join lateral (select i.detail -> 'cost' as cost from reclaim.audit i where i.job_id = r.job_id and i.event_seq < r.event_seq
        and i.event_type = 'revoke_attempted' and i.detail is not null order by i.event_seq desc limit 1) as c on true
    -- A restore is a job of its own; drift stands in the removal's story.
    left join lateral (select b.recorded_at, b.event_type from reclaim.audit b
        where b.event_type in ('restored', 'drift_found') and b.recorded_at > r.recorded_at
            and (b.job_id = r.job_id or b.job_id in (select o.id from reclaim.approval o where o.undoes = r.job_id))
        order by b.recorded_at limit 1) as t on true
where r.event_type = 'revoke_confirmed' and r.outcome = 'removed';
comment on view reclaim.removal_savings is 'What each verified removal saves, in minor units per month and so far; null: nobody told the cost.';
