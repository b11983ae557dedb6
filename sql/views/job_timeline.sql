-- job_timeline: the story of a job in order; filter by job_id.
create or replace view reclaim.job_timeline as
select t.job_id, t.event_seq, t.recorded_at, t.event_type as event, t.outcome, t.reason_code as reason, p.words as reason_text,
    t.actor_kind, coalesce(t.actor_ref, p.actor) as actor, t.fence, t.attempt, t.provider_operation, t.provider_status, t.detail
from reclaim.audit t left join reclaim.audit_personal p on p.audit_id = t.audit_id
where t.job_id is not null order by t.job_id, t.event_seq;
comment on view reclaim.job_timeline is 'What happened to a job, in order: select * from reclaim.job_timeline where job_id = 42.';
