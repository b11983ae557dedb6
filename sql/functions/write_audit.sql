-- write_audit: one event of one job, at the next place in its story. The caller holds the job's row lock: the sequence comes
-- from there, which is what keeps it free of gaps and forks.
-- Writes: job.event_seq (or job_done's, for an event after the end), audit. Raises: RC404 when there is no such job.
create or replace function reclaim.write_audit(p_job bigint, p_event text, p_actor_kind text, p_actor_ref text,
    p_outcome text default null, p_reason_code text default null, p_reason_text text default null, p_detail json default null)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_seq int;
    v_fence bigint;
begin
    update reclaim.job set event_seq = event_seq + 1 where id = p_job returning event_seq, fence into v_seq, v_fence;
    if not found then
        update reclaim.job_done set event_seq = event_seq + 1 where id = p_job returning event_seq, fence into v_seq, v_fence;
    end if;
    if v_seq is null then
        raise exception 'there is no job %', p_job using errcode = 'RC404';
    end if;
    insert into reclaim.audit (job_id, event_seq, event_type, outcome, reason_code, reason_text, recorded_at, actor_kind,
        actor_ref, app, seat, subject, approver, requester, fence, detail)
    select p_job, v_seq, p_event, p_outcome, p_reason_code, p_reason_text, reclaim.clock(), p_actor_kind, p_actor_ref,
        a.app, a.seat, a.subject, a.approver, a.requester, v_fence, p_detail
    from reclaim.approval a where a.id = p_job;
end;
$$;
