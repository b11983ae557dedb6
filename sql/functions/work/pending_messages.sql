-- pending_messages: the messages that claimed jobs still owe, with what is needed to send them. Confirmations first: one that is due has
-- waited for its ticket as long as it may, and must not wait for the ticket's next try as well. Comments last.
create or replace function reclaim.pending_messages(p_jobs bigint[])
returns table (job_id bigint, message_id text, topic text, body text, attempts int, due boolean, created_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select o.job_id, o.message_id, o.topic, o.body, o.attempts, o.due_at <= reclaim.clock(), o.created_at
    from reclaim.outbox o where o.job_id = any (p_jobs) and o.state = 'pending' order by o.job_id, array_position(array['confirmation', 'ticket', 'comment'], o.topic), o.due_at
$$;
comment on function reclaim.pending_messages is 'The messages these jobs still owe. For workers.';
