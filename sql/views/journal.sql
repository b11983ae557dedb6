-- journal: the log with the names that its events are about, as long as they are not erased. What people read; audit is what is sealed.
create or replace view reclaim.journal as
select t.audit_id, t.job_id, t.event_seq, t.event_type, t.outcome, t.reason_code, p.words as reason_text, t.recorded_at, t.actor_kind,
    coalesce(t.actor_ref, p.actor) as actor_ref, a.source, a.approval_ref as approval_id, coalesce(t.app, a.app) as app,
    coalesce(p.seat, a.seat) as seat, coalesce(p.subject, a.subject) as subject, a.approver, a.requester,
    coalesce(t.flag_epoch, a.flag_epoch) as flag_epoch, t.fence, t.attempt, t.operation_key, t.connector, t.provider_operation,
    t.provider_status, t.provider_request_id, t.detail
from reclaim.audit t
    left join reclaim.approval a on a.id = t.job_id
    left join reclaim.audit_personal p on p.audit_id = t.audit_id;
comment on view reclaim.journal is 'Every event with the names it is about, as long as they are not erased; order by audit_id.';
