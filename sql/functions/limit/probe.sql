-- claim_probe: the pause of a connector's circuit breaker is over; true for the one worker that may try the vendor now. One that is never
-- heard of again leaves the next try to another after p_lease.
create or replace function reclaim.claim_probe(p_connector text, p_lease interval) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update reclaim.gate set probe_at = reclaim.clock() + p_lease
    where scope = 'connector:' || p_connector and probe_at <= reclaim.clock();
    return found;
end;
$$;
comment on function reclaim.claim_probe is 'Half-open: true for the one worker that may try the vendor now. For workers.';

-- end_probe: the vendor answered (p_well), and the gate opens; or it did not, and stays closed for longer. What a person, or a vendor that
-- refused the credential, has closed meanwhile stays closed: only a breaker's own gate ends here.
-- Returns how many jobs waited for what is open now; null: it stays closed. Locks: the connector's trouble, its gate, then jobs by id.
create or replace function reclaim.end_probe(p_connector text, p_well boolean, p_base interval, p_cap interval, p_why text)
returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_scope text := 'connector:' || p_connector;
    v_last interval;
    v_pause interval;
    v_waited int;
begin
    select pause into v_last from reclaim.connector_trouble where connector = p_connector for update;
    perform from reclaim.gate where scope = v_scope and probe_at is not null for update;
    if not found then
        return null;
    end if;
    if p_well then
        v_waited := reclaim.let_through(v_scope);
        perform reclaim.write_event('gate_opened', 'worker', session_user, null, p_why,
            json_build_object('scope', v_scope, 'jobs_waiting', v_waited));
        perform pg_notify('reclaim_gate', v_scope);
        return v_waited;
    end if;
    v_pause := reclaim.next_pause(coalesce(v_last, p_base), p_base, p_cap);
    update reclaim.gate set probe_at = reclaim.clock() + v_pause, why = 'the probe failed: ' || p_why where scope = v_scope;
    update reclaim.connector_trouble set pause = v_pause, changed_at = reclaim.clock() where connector = p_connector;
    return null;
end;
$$;
comment on function reclaim.end_probe is 'The answer to a probe opens the connector''s gate, or leaves it closed for longer. For workers.';
