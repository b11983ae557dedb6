-- report_trouble: how calls to a connector went, as far as that can trip its circuit breaker: p_failures calls in a row failed in one
-- process (5xx, no connection, no answer in time), p_anew: after one that went well there. With 0 the last call went well, and all is
-- forgotten. At p_failures_max in a row, over all workers, the gate connector:NAME closes until a probe (claim_probe) is answered; jobs
-- wait for it like for any closed gate, and those that did not call are charged nothing. The first pause is about p_base, each further one,
-- until a call of a job goes well, random between that and three times the last, at most p_cap. What a person closed, or a vendor
-- asked for, stays as it is. Returns the milliseconds until the probe when it closed the gate.
-- Locks: the connector's trouble, then its gate.
create or replace function reclaim.report_trouble(p_connector text, p_failures int, p_anew boolean, p_failures_max int, p_base interval,
    p_cap interval, p_why text)
returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_trouble reclaim.connector_trouble;
    v_pause interval;
begin
    if p_failures = 0 then
        delete from reclaim.connector_trouble where connector = p_connector;
        return null;
    end if;
    insert into reclaim.connector_trouble as t (connector, failures, changed_at) values (p_connector, p_failures, v_now)
    on conflict (connector) do update set failures = case when p_anew then 0 else t.failures end + p_failures, changed_at = v_now
    returning * into v_trouble;
    if v_trouble.failures < p_failures_max then
        return null;
    end if;
    v_pause := reclaim.next_pause(v_trouble.pause, p_base, p_cap);
    insert into reclaim.gate (scope, closed_until, why, closed_by, closed_at, probe_at)
    values ('connector:' || p_connector, 'infinity', format('%s calls in a row failed; the last: %s', v_trouble.failures, p_why), session_user,
        v_now, v_now + v_pause)
    on conflict (scope) do update set closed_until = excluded.closed_until, why = excluded.why, closed_by = excluded.closed_by,
        closed_at = excluded.closed_at, probe_at = excluded.probe_at
    where gate.closed_until <= v_now;
    if not found then
        return null;
    end if;
    update reclaim.connector_trouble set failures = 0, pause = v_pause where connector = p_connector;
    perform reclaim.write_event('gate_closed', 'worker', session_user, null,
        format('%s calls in a row failed; the last: %s', v_trouble.failures, p_why),
        json_build_object('scope', 'connector:' || p_connector, 'until', 'infinity', 'probe_at', v_now + v_pause));
    perform pg_notify('reclaim_gate', 'connector:' || p_connector);
    return ceil(extract(epoch from v_pause) * 1000);
end;
$$;
comment on function reclaim.report_trouble is 'Calls failed in a row: at the limit the circuit breaker closes the connector''s gate. For workers.';

-- next_pause: decorrelated jitter, so that the breakers of several connectors of one vendor do not come back together.
create or replace function reclaim.next_pause(p_last interval, p_base interval, p_cap interval) returns interval
language sql volatile set search_path = pg_catalog, pg_temp
as $$ select least(p_cap, p_base + random() * greatest(p_last * 3 - p_base, p_base * 0.5)) $$;
comment on function reclaim.next_pause is 'The circuit breaker''s next pause: random between the first and three times the last.';
