-- queue_confirmation: puts one message to the requester into the outbox. Frozen from the start, unless it waits for a ticket.
create or replace function reclaim.queue_confirmation(p_job bigint, p_type text, p_outcome text, p_reason text, p_now timestamptz)
returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into reclaim.outbox (message_id, job_id, topic, body, due_at, created_at)
    select 'cb_' || replace(gen_random_uuid()::text, '-', ''), p_job, 'confirmation',
        reclaim.confirmation_body(a, p_type, p_outcome, p_reason, null, p_now), p_now, p_now
    from reclaim.approval a where a.id = p_job
$$;
comment on function reclaim.queue_confirmation is 'Puts one message to the requester into the outbox.';
