-- record_tickets: tickets are open. Their confirmations, if their bytes never left, now name the ticket and are due; if they
-- left already saying "pending", an update of its own follows.
-- Returns the confirmation to send at once for each job recorded; one that is not in the answer was lost.
create or replace function reclaim.record_tickets(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_message_ids text[],
    p_identifiers text[], p_urls text[])
returns table (job_id bigint, message_id text, body text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
#variable_conflict use_column
declare
    v_now timestamptz := reclaim.clock();
begin
    return query
    with mine as materialized (
        select h.*, j.event_seq, c.message_id as waiting,
            reclaim.confirmation_body(a, case when c.message_id is null then 'seat.removal.updated' else 'seat.removal.completed' end,
                j.outcome, j.reason, json_build_object('state', 'opened', 'id', h.message_id, 'identifier', h.identifier, 'url', h.url),
                coalesce(c.created_at, v_now)) as confirmation
        from reclaim.job j
            join unnest(p_ids, p_fences, p_tokens, p_message_ids, p_identifiers, p_urls)
                as h (id, fence, token, message_id, identifier, url)
                on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
            join reclaim.approval a on a.id = j.id
            join reclaim.outbox o on o.message_id = h.message_id and o.job_id = j.id and o.topic = 'ticket' and o.state = 'pending'
            left join reclaim.outbox c on c.job_id = j.id and c.topic = 'confirmation' and c.state = 'pending' and c.body is null
    ), opened as (
        update reclaim.outbox o set state = 'delivered', identifier = m.identifier, url = m.url, ended_at = v_now
        from mine m where o.job_id = m.id and o.message_id = m.message_id
    ), counted as (
        update reclaim.job j set event_seq = j.event_seq + 1 from mine m where j.id = m.id
    ), journal as (
        insert into reclaim.audit (job_id, event_seq, event_type, outcome, recorded_at, actor_kind, actor_ref, fence, detail)
        -- Without the URL: Linear's end in the ticket's title, which may name the person. The outbox has it.
        select id, event_seq + 1, 'ticket_opened', 'ok', v_now, 'worker', session_user, fence,
            json_build_object('id', message_id, 'identifier', identifier) from mine
    ), named as (
        update reclaim.outbox c set due_at = v_now, body = m.confirmation
        from mine m where c.job_id = m.id and c.message_id = m.waiting
        returning c.job_id, c.message_id, c.body
    ), followed as (
        insert into reclaim.outbox (message_id, job_id, topic, body, due_at, created_at)
        select 'cb_' || replace(gen_random_uuid()::text, '-', ''), m.id, 'confirmation', m.confirmation, v_now, v_now
        from mine m where m.waiting is null
        returning job_id, message_id, body
    )
    select * from named union all select * from followed;
end;
$$;
comment on function reclaim.record_tickets is 'Tickets are open: events, and the confirmations that waited for them. For workers.';
