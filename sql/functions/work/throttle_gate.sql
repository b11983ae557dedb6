-- throttle_gate: a vendor asked for a pause, or refused our credential: the scope's gate closes for every worker. A pause only
-- ever grows and never touches what a person closed; p_wait null means until a person opens it, which no breaker's probe does then.
-- Returns the milliseconds until the gate opens; null: until a person opens it.
create or replace function reclaim.throttle_gate(p_scope text, p_wait interval, p_why text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_until timestamptz := case when p_wait is null then 'infinity' else v_now + p_wait end;
    v_was timestamptz;
    v_probe timestamptz;
begin
    select closed_until, probe_at into v_was, v_probe from reclaim.gate where scope = p_scope for update;
    if v_was is null or v_was < v_until or (p_wait is null and v_probe is not null) then
        insert into reclaim.gate (scope, closed_until, why, closed_by, closed_at)
        values (p_scope, v_until, p_why, session_user, v_now)
        on conflict (scope) do update set closed_until = greatest(gate.closed_until, excluded.closed_until),
            why = excluded.why, closed_by = excluded.closed_by, closed_at = excluded.closed_at, probe_at = null
        returning closed_until into v_until;
        -- One event per closing; what merely lengthens a pause is the same pause.
        if v_was is null or v_was <= v_now or v_until = 'infinity' then
            perform reclaim.write_event('gate_closed', 'worker', session_user, null, p_why,
                json_build_object('scope', p_scope, 'until', v_until));
            perform pg_notify('reclaim_gate', p_scope);
        end if;
    else
        v_until := v_was;
    end if;
    return case when v_until <> 'infinity' then ceil(extract(epoch from v_until - v_now) * 1000)::bigint end;
end;
$$;
comment on function reclaim.throttle_gate is 'A vendor asks for a pause or refuses the credential: closes its gate for all. For workers.';
