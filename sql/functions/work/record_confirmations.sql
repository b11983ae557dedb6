-- record_confirmations: these messages have arrived: the requester has acknowledged them, or Linear has them as comments. Jobs
-- that owe nothing more are finished; others are parked until their next message is due.
-- Returns the jobs recorded; one that is not in the answer was lost, and the message will be sent once more, same bytes.
create or replace function reclaim.record_confirmations(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_message_ids text[],
    p_statuses int[])
returns setof bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_mine bigint[];
    v_finished bigint[];
    v_owing bigint;
begin
    with mine as materialized (
        select h.*, j.event_seq, case when o.topic = 'comment' then 'ticket_commented'
            when o.body::json ->> 'type' in ('seat.removal.held', 'seat.restore.held') then 'requester_notified'
            else 'requester_confirmed' end as event_type
        from reclaim.job j
            join unnest(p_ids, p_fences, p_tokens, p_message_ids, p_statuses) as h (id, fence, token, message_id, status)
                on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
            join reclaim.outbox o on o.message_id = h.message_id and o.job_id = j.id and o.topic <> 'ticket'
                and o.state = 'pending'
    ), told as (
        update reclaim.outbox o set state = 'delivered', ended_at = v_now from mine m
        where o.job_id = m.id and o.message_id = m.message_id
    ), journal as (
        insert into reclaim.audit (job_id, event_seq, event_type, outcome, recorded_at, actor_kind, actor_ref, fence,
            provider_status, detail)
        select id, event_seq + 1, event_type, 'ok', v_now,
            'worker', session_user, fence, status, json_build_object('message_id', message_id)
        from mine
    )
    select array_agg(id) into v_mine from mine;
    v_finished := reclaim.finish_jobs(v_mine, 1, v_now);
    for v_owing in
        update reclaim.job set event_seq = event_seq + 1 where id = any (v_mine) and id <> all (v_finished) returning id
    loop
        perform reclaim.park_job(v_owing);
    end loop;
    return query select unnest(v_mine);
end;
$$;
comment on function reclaim.record_confirmations is
    'Messages have arrived: events, and jobs that owe nothing more are finished. For workers.';
