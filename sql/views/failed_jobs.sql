-- failed_jobs: what a person has to look at: failed and held, with what is known and what can be done.
create or replace view reclaim.failed_jobs as
select f.job_id, f.app, f.seat, f.subject, f.state, f.reason,
    case when f.state = 'held' then h.explanation else (select p.words from reclaim.audit t left join reclaim.audit_personal p using (audit_id)
        where t.job_id = f.job_id and t.event_type in ('revoke_failed', 'restore_failed') order by t.event_seq desc limit 1) end as explanation,
    coalesce(d.effect_possible, j.effect_possible, false) as outcome_unknown,
    case when f.state = 'held' then h.release_with || coalesce('  or  ' || h.cancel_with, '')
        else format('select reclaim.requeue(%s, ''why'');', f.job_id) end as what_you_can_do,
    f.received_at
from reclaim.jobs f
    left join reclaim.job j on j.id = f.job_id
    left join reclaim.job_done d on d.id = f.job_id
    left join reclaim.held_jobs h on h.job_id = f.job_id
where f.state in ('failed', 'held') or f.outcome = 'failed';
comment on view reclaim.failed_jobs is 'Failed and held jobs, with what is known and the statements that are legal now.';
