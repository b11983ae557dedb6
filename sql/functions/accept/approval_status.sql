-- approval_status: what GET /v1/approvals/{id} tells the source that sent the approval: where its job is, and the timeline.
-- Returns null when this source never sent such an approval.
create or replace function reclaim.approval_status(p_source text, p_approval_ref text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select json_build_object(
        'approval_id', a.approval_ref, 'job_id', a.id, 'app', a.app, 'seat', a.seat,
        'state', coalesce(d.outcome, j.outcome, case when j.kind = 'restore' and j.state = 'revoke' then 'restore' else j.state end), 'finished', d.id is not null,
        'reason', coalesce(d.reason, j.reason), 'received_at', reclaim.iso(a.received_at), 'finished_at', reclaim.iso(d.finished_at),
        'timeline', (select json_agg(json_build_object('at', reclaim.iso(t.recorded_at), 'event', t.event_type, 'outcome', t.outcome,
            'reason', t.reason_code) order by t.event_seq) from reclaim.audit t where t.job_id = a.id))::text
    from reclaim.approval a left join reclaim.job j on j.id = a.id left join reclaim.job_done d on d.id = a.id
    where a.source = p_source and a.approval_ref = p_approval_ref
$$;
comment on function reclaim.approval_status is
    'What a source is told of its approval: where the job is, and its timeline. For the receiver.';
