-- reclamation_record: one line per removal: who, what, when, approver, and the proof. What an auditor samples from.
create or replace view reclaim.reclamation_record as
select r.job_id, a.approval_ref as approval_id, a.app, a.seat, a.subject, a.approver, a.requester, r.outcome,
    a.approved_at, a.received_at, i.recorded_at as attempted_at, r.recorded_at as removed_at, r.connector, r.provider_operation,
    r.provider_status, r.provider_request_id, r.operation_key, t.detail ->> 'identifier' as ticket, o.url as ticket_url,
    c.recorded_at as requester_confirmed_at, encode(a.body_sha256, 'hex') as approval_sha256, a.key_id as approval_key
from reclaim.audit r
    join reclaim.approval a on a.id = r.job_id
    left join lateral (select recorded_at from reclaim.audit where job_id = r.job_id and event_type = 'revoke_attempted'
        order by event_seq limit 1) i on true
    left join lateral (select detail from reclaim.audit where job_id = r.job_id and event_type = 'ticket_opened'
        order by event_seq limit 1) t on true
    left join reclaim.outbox o on o.message_id = t.detail ->> 'id'
    left join lateral (select recorded_at from reclaim.audit where job_id = r.job_id and event_type = 'requester_confirmed'
        order by event_seq limit 1) c on true
where r.event_type in ('revoke_confirmed', 'already_absent');
comment on view reclaim.reclamation_record is 'One line per removal: who, what, when, approver, ticket, and the vendor''s own ids.';
