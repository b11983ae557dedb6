-- slow_connector: the vendor's headers say that little is left of what it allows until p_wait from now: every worker leaves p_gap seconds
-- between its calls until then. Within one window only ever slower.
create or replace function reclaim.slow_connector(p_connector text, p_gap double precision, p_wait interval) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into reclaim.connector_limit as l (connector, slow_until, slow_gap, told_at)
    values (p_connector, reclaim.clock() + p_wait, p_gap, reclaim.clock())
    on conflict (connector) do update set
        slow_gap = case when l.slow_until > reclaim.clock() then greatest(l.slow_gap, excluded.slow_gap) else excluded.slow_gap end,
        slow_until = greatest(l.slow_until, excluded.slow_until)
$$;
comment on function reclaim.slow_connector is 'A vendor said that little is left: calls of all workers keep apart until its window ends. For workers.';
