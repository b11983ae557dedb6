-- unproven_removals: removals of which the look that was due could not be read, and those whose look is overdue by an hour because
-- nobody came to it. Empty is what it should be.
create or replace view reclaim.unproven_removals as
select l.job_id, a.approval_ref as approval_id, a.app, a.seat, a.subject, l.removed_at, l.looks as looks_done,
    coalesce(l.unread_since, l.due_at) as since, case when l.unread_since is not null then l.why else 'overdue' end as why, l.tries,
    case when l.due_at = 'infinity' then format('select reclaim.look_again(%s, ''why'');', l.job_id)
        when l.due_at > reclaim.clock() then 'looks again at ' || to_char(l.due_at, 'YYYY-MM-DD HH24:MI:SSOF')
        else 'due now' end as next
from reclaim.later_look l join reclaim.approval a on a.id = l.job_id
where l.unread_since is not null or l.due_at <= reclaim.clock() - interval '1 hour';
comment on view reclaim.unproven_removals is 'Removals that could not be read back: since when, why, and what comes next.';
