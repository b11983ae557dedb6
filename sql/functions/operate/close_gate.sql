-- close_gate: stops a scope for every worker: all, app:NAME, connector:NAME, linear, callback:NAME. Calls already sent end and
-- are recorded; nothing new is sent. A gate closed by hand stays closed until open_gate().
create or replace function reclaim.close_gate(p_scope text, p_why text, p_until timestamptz default 'infinity')
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p_scope !~ '^(all|linear|(app|connector|callback):.+)$' then
        raise exception '% is not a scope', quote_literal(p_scope) using errcode = 'RC422',
            hint = 'Scopes: all, linear, app:NAME, connector:NAME, callback:NAME.';
    end if;
    if coalesce(p_why, '') = '' then
        raise exception 'close_gate needs a reason: select reclaim.close_gate(%, ''why'')', quote_literal(p_scope)
            using errcode = 'RC422';
    end if;
    insert into reclaim.gate (scope, closed_until, why, closed_by, closed_at)
    values (p_scope, p_until, p_why, reclaim.application_actor(), reclaim.clock())
    on conflict (scope) do update set closed_until = excluded.closed_until, why = excluded.why, closed_by = excluded.closed_by,
        closed_at = excluded.closed_at, probe_at = null;
    -- Who waited for a closing without an end, or a later one, now waits for this one's.
    update reclaim.job j set visible_at = p_until
    from (select id from reclaim.job where waiting_for = p_scope and visible_at > p_until order by id for update) as w
    where j.id = w.id;
    perform reclaim.write_event('gate_closed', 'operator', reclaim.application_actor(), null, p_why,
        json_build_object('scope', p_scope, 'until', p_until));
    perform pg_notify('reclaim_gate', p_scope);
end;
$$;
comment on function reclaim.close_gate(text, text, timestamptz) is
    'Stop a scope now: select reclaim.close_gate(''all'', ''why''). Scopes: all, linear, app:NAME, connector:NAME, callback:NAME.';
