-- due_after: when work that waits is due: after p_wait, or, without one, when the gate of p_scope opens. The gate's row is locked
-- against opening until we commit: else it could open between our look and our parking, and nobody would wake what we parked.
-- A gate that is being opened or changed just now is not waited for, because who does that may be waiting for our jobs: it counts
-- as open, and the job soon looks again.
create or replace function reclaim.due_after(p_scope text, p_wait interval) returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_until timestamptz;
begin
    if p_wait is not null then
        return reclaim.clock() + p_wait;
    end if;
    select closed_until into v_until from reclaim.gate where scope = p_scope and closed_until > reclaim.clock() for share skip locked;
    return coalesce(v_until, reclaim.clock());
end;
$$;
comment on function reclaim.due_after is 'When work is due that waits for a time or for a gate.';
