-- freeze_message: these bytes are about to be sent and never change again. Must be committed before the first send.
-- Returns the bytes to send, or no row when the lease was lost.
create or replace function reclaim.freeze_message(p_id bigint, p_fence bigint, p_token uuid, p_message_id text)
returns setof text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform from reclaim.job where id = p_id and fence = p_fence and claim_token = p_token for update;
    if not found then
        return;
    end if;
    return query update reclaim.outbox set frozen = true
        where message_id = p_message_id and job_id = p_id and state = 'pending' returning body;
end;
$$;
