-- write_audit: one event of one job, at the next place in its story. The caller holds the job's row lock: the sequence comes
-- from there, which is what keeps it free of gaps and forks. What a person's event says of them (who acted, p_words) is kept
-- beside the log.
-- Writes: job.event_seq (or job_done's, for an event after the end), audit, audit_personal. Raises: RC404 when there is no such job.
create or replace function reclaim.write_audit(p_job bigint, p_event text, p_actor_kind text, p_actor text,
    p_outcome text default null, p_reason_code text default null, p_words text default null, p_detail json default null)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_id bigint := nextval('reclaim.audit_audit_id_seq');
    v_is_person boolean := p_actor_kind in ('operator', 'detector');
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
    insert into reclaim.audit (audit_id, job_id, recorded_at, fence, event_seq, event_type, outcome, reason_code, actor_kind, actor_ref,
        commitments, detail)
    values (v_id, p_job, reclaim.clock(), v_fence, v_seq, p_event, p_outcome, p_reason_code, p_actor_kind,
        case when not v_is_person then p_actor end, reclaim.keep_personal(v_id, case when v_is_person then p_actor end, p_words),
        p_detail);
end;
$$;
comment on function reclaim.write_audit is 'Writes one event of a job at the next place in its story.';
