-- freeze_message: makes the bytes of a message final just before they are sent; they never change again. Must be committed before the
-- first send. Of a confirmation that waited for its ticket and leaves without it: rendered, saying so. Of a ticket that waited for its
-- draft: p_body, which is the ticket with it or without.
-- Returns the bytes to send, or no row when the lease was lost.
create or replace function reclaim.freeze_message(p_id bigint, p_fence bigint, p_token uuid, p_message_id text, p_body text default null)
returns setof text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform from reclaim.job where id = p_id and fence = p_fence and claim_token = p_token for update;
    if not found then
        return;
    end if;
    return query
    update reclaim.outbox o set body = case
        when o.topic = 'ticket' and o.body::json -> 'draft' is not null and p_body is not null then p_body
        else coalesce(o.body, reclaim.confirmation_body(a, 'seat.removal.completed', j.outcome, j.reason,
            json_build_object('state', 'pending', 'id',
                (select t.message_id from reclaim.outbox t where t.job_id = p_id and t.topic = 'ticket')), o.created_at)) end
    from reclaim.job j join reclaim.approval a on a.id = j.id
    where o.message_id = p_message_id and o.job_id = p_id and o.state = 'pending' and j.id = p_id
    returning o.body;
end;
$$;
comment on function reclaim.freeze_message is 'Makes the bytes of a message final just before they are sent. For workers.';
