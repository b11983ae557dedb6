-- hold_job: parks a job until a person releases, requeues or cancels it, and tells the requester so. The holder of its lease,
-- if there is one, is fenced off. The caller holds the job's lock.
create or replace function reclaim.hold_job(p_job bigint, p_event text, p_reason_code text, p_reason_text text,
    p_actor_kind text, p_actor_ref text, p_detail json default null)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_kind text;
begin
    perform reclaim.write_audit(p_job, p_event, p_actor_kind, p_actor_ref, 'held', p_reason_code, p_reason_text, p_detail);
    -- Visible at once, because the requester is to be told; a claimed held job only delivers and is parked again.
    update reclaim.job set held_from = case when state = 'held' then held_from else state end, state = 'held',
        reason = p_reason_code, visible_at = v_now, fence = fence + 1, claim_token = null, worker = null, waiting_for = null,
        attempts = 0, crashes = 0
    where id = p_job returning kind into v_kind;
    perform reclaim.queue_confirmation(p_job, 'seat.' || v_kind || '.held', 'held', p_reason_code, v_now);
end;
$$;
comment on function reclaim.hold_job is 'Parks a job until a person decides, with event and notice to the requester.';
