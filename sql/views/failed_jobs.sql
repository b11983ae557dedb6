-- failed_jobs: what a person has to look at: failed and held, with what is known and what can be done.
create or replace view reclaim.failed_jobs as
select j.job_id, j.app, j.seat, j.subject, j.state, j.reason,
    (select t.reason_text from reclaim.audit t where t.job_id = j.job_id and t.event_type in ('revoke_failed', 'held', 'quarantined',
        'still_present') order by t.event_seq desc limit 1) as explanation,
    coalesce((select d.effect_possible from reclaim.job_done d where d.id = j.job_id), false) as outcome_unknown,
    case j.state when 'failed' then format('select reclaim.requeue(%s, ''why'');', j.job_id)
        else format('select reclaim.release(%s, ''why'');  or  select reclaim.cancel(%1$s, ''why'');', j.job_id) end as what_you_can_do,
    j.received_at
from reclaim.jobs j where j.state in ('failed', 'held') or j.outcome = 'failed';
comment on view reclaim.failed_jobs is 'Failed and held jobs, with what is known and the statements that are legal now.';
