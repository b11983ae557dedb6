-- sealed_removal: one row per removal that has a place in the tree, from sealed events alone, so that whoever has those can make each row
-- again. What an export's tables are made of: removals.csv has these columns in this order, names/removals.csv the last four too.
create or replace view reclaim.sealed_removal as
select l.leaf_index, r.job_id, g.approval_ref as approval_id, g.app, g.flag_epoch, r.outcome, g.approved_at, g.recorded_at as received_at,
    i.recorded_at as attempted_at, r.recorded_at as removed_at, r.connector, r.provider_operation, r.provider_status,
    r.provider_request_id, r.operation_key, t.detail ->> 'identifier' as ticket, c.recorded_at as requester_confirmed_at,
    g.actor_ref as source, g.delivery_id, g.key_id, a.seat, a.subject, a.approver, a.requester
from reclaim.leaf l
    join reclaim.audit r on r.audit_id = l.audit_id
    left join reclaim.approval a on a.id = r.job_id
    left join lateral (select e.* from reclaim.audit e join reclaim.leaf using (audit_id)
        where e.job_id = r.job_id and e.event_type = 'received' order by e.event_seq limit 1) g on true
    left join lateral (select e.* from reclaim.audit e join reclaim.leaf using (audit_id)
        where e.job_id = r.job_id and e.event_type = 'revoke_attempted' order by e.event_seq limit 1) i on true
    left join lateral (select e.* from reclaim.audit e join reclaim.leaf using (audit_id)
        where e.job_id = r.job_id and e.event_type = 'ticket_opened' order by e.event_seq limit 1) t on true
    left join lateral (select e.* from reclaim.audit e join reclaim.leaf using (audit_id)
        where e.job_id = r.job_id and e.event_type = 'requester_confirmed' order by e.event_seq limit 1) c on true
where r.event_type in ('revoke_confirmed', 'already_absent');
comment on view reclaim.sealed_removal is 'One row per sealed removal, with its place in the tree; what reclaim-worker export writes as tables.';
