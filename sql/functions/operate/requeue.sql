-- requeue: runs a failed job again, or a waiting one at once. A running job's holder is fenced off: what it still writes is refused,
-- and it has time_to_stop() to hear of it and end its calls before somebody else begins. Guards are weighed again, so an approval that
-- has expired meanwhile is refused and not removed; only where a call that removes may have been sent does the job go on from there,
-- and the vendor is looked at first.
create or replace function reclaim.requeue(p_job bigint, p_reason text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_actor text := reclaim.application_actor();
    v_job reclaim.job;
    v_done reclaim.job_done;
    v_state text;
begin
    if coalesce(p_reason, '') = '' then
        raise exception 'requeue needs a reason: select reclaim.requeue(%, ''why'')', p_job using errcode = 'RC422';
    end if;
    select * into v_job from reclaim.job where id = p_job for update;
    if found then
        if v_job.state = 'held' then
            raise exception 'job % is held', p_job using errcode = 'RC409',
                hint = format('Legal now: select reclaim.release(%s, ''why'')', p_job)
                    || case when v_job.held_from = 'revoke' and v_job.effect_possible then '.'
                        else format(' or reclaim.cancel(%s, ''why'').', p_job) end;
        end if;
        -- A failed job that is still telling its requester may begin again; one that removed its seat only delivers at once.
        v_state := case when v_job.outcome <> 'failed' then v_job.state
            when v_job.effect_possible then 'revoke' else 'validate' end;
        perform reclaim.write_audit(p_job, 'requeued', 'operator', v_actor, null, 'operator', p_reason,
            json_build_object('from', v_job.state, 'to', v_state));
        update reclaim.job set state = v_state, fence = fence + 1, claim_token = null, worker = null,
            visible_at = case when v_job.claim_token is null then v_now else v_now + reclaim.time_to_stop() end, attempts = 0, crashes = 0, waiting_for = null,
            outcome = case when v_state = 'deliver' then outcome end, reason = case when v_state = 'deliver' then reason end
        where id = p_job;
        update reclaim.outbox set due_at = v_now where job_id = p_job and state = 'pending' and body is not null;
    else
        perform from reclaim.job_done where id = p_job and outcome = 'failed' for update;
        if found and exists (select from reclaim.approval where id = p_job and body is null) then
            raise exception 'job %: who it is about has been erased', p_job using errcode = 'RC409',
                hint = 'It now needs a new approval.';
        end if;
        delete from reclaim.job_done where id = p_job and outcome = 'failed' returning * into v_done;
        if not found then
            select * into v_done from reclaim.job_done where id = p_job;
            if not found then
                raise exception 'there is no job %', p_job using errcode = 'RC404';
            end if;
            raise exception 'job % has ended as %: only failed jobs can be requeued', p_job, v_done.outcome using errcode = 'RC409',
                hint = 'What was refused, cancelled or superseded needs a new approval.';
        end if;
        v_state := case when v_done.effect_possible then 'revoke' else 'validate' end;
        insert into reclaim.job (id, kind, state, visible_at, fence, attempts, crashes, event_seq, effect_possible, created_at)
        values (p_job, v_done.kind, v_state, v_now, v_done.fence + 1, 0, 0, v_done.event_seq, v_done.effect_possible, v_done.created_at);
        perform reclaim.write_audit(p_job, 'requeued', 'operator', v_actor, null, 'operator', p_reason,
            json_build_object('from', 'failed', 'to', v_state));
    end if;
    perform pg_notify('reclaim_gate', '');  -- a holder asks for its lease, and learns that it is gone
    perform pg_notify('reclaim_job', '');
    return v_state;
end;
$$;
comment on function reclaim.requeue(bigint, text) is 'Run a failed job again, or a waiting one at once: select reclaim.requeue(42, ''why'').';
