-- log_event: the log as it is sealed and exported: one JSON object a line, these columns in this order, what is null left out. The leaf
-- of an event is SHA-256(0x00 || line), so this list must never change for events that are sealed: only add columns that are null there.
create or replace view reclaim.log_event as
select audit_id, job_id, event_seq, recorded_at, event_type, outcome, reason_code, actor_kind, actor_ref, app, flag_epoch, approved_at,
    expires_at, approval_ref, delivery_id, key_id, fence, attempt, operation_key, connector, provider_operation, provider_status,
    provider_request_id, encode(commitments, 'hex') as commitments, detail::text as detail
from reclaim.audit;
comment on view reclaim.log_event is 'The log as it is sealed and exported; it names nobody. See docs/verify.';
