-- record_message_setback: a ticket, comment or confirmation could not be delivered now. It is due again after p_wait (null: when its gate
-- is opened), or, when p_final, never: then a person is told through the audit and the metric, and the removal stands. The job is
-- given back until its next message is due, or finished when none is left.
-- Returns true when the job was still the caller's.
create or replace function reclaim.record_message_setback(p_id bigint, p_fence bigint, p_token uuid, p_message_id text,
    p_wait interval, p_charged boolean, p_final boolean, p_reason_code text, p_reason_text text)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_topic text;
    v_scope text;
begin
    perform from reclaim.job where id = p_id and fence = p_fence and claim_token = p_token for update;
    if not found then
        return false;
    end if;
    select case o.topic when 'confirmation' then 'callback:' || a.source else 'linear' end into v_scope
    from reclaim.outbox o join reclaim.approval a on a.id = o.job_id
    where o.job_id = p_id and o.message_id = p_message_id;
    update reclaim.outbox set
        state = case when p_final then 'undeliverable' else state end,
        attempts = attempts + p_charged::int,
        due_at = case when p_final then due_at
            else greatest(reclaim.due_after('all', p_wait), reclaim.due_after(v_scope, p_wait)) end,
        ended_at = case when p_final then v_now end,
        last_error = p_reason_code
    where message_id = p_message_id and job_id = p_id and state = 'pending'
    returning topic into v_topic;
    if p_final and v_topic is not null then
        perform reclaim.write_audit(p_id, v_topic || '_failed', 'worker',
            session_user, 'failed', p_reason_code, p_reason_text, json_build_object('message_id', p_message_id));
    end if;
    if p_final and v_topic = 'ticket' then
        -- The confirmation waits for no ticket any more.
        update reclaim.outbox o set due_at = v_now,
            body = reclaim.confirmation_body(a, 'seat.removal.completed', j.outcome, j.reason,
                json_build_object('state', 'failed', 'id', p_message_id, 'reason', p_reason_code), o.created_at)
        from reclaim.job j join reclaim.approval a on a.id = j.id
        where j.id = p_id and o.job_id = p_id and o.topic = 'confirmation' and o.state = 'pending' and o.body is null;
    end if;
    perform reclaim.finish_jobs(array[p_id], 0, v_now);
    perform reclaim.park_job(p_id);
    return true;
end;
$$;
comment on function reclaim.record_message_setback is 'A ticket, comment or confirmation was not delivered by this try. For workers.';
