-- unsealed_seconds: age of the oldest event that is not sealed; 0 when all are, null when this database was never sealed.
create or replace function reclaim.unsealed_seconds() returns numeric
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce((select extract(epoch from reclaim.clock() - t.recorded_at) from reclaim.audit t
        where t.audit_id > last.settled_id and not exists (select from reclaim.leaf l where l.audit_id = t.audit_id)
        order by t.audit_id limit 1), 0)::numeric(12, 1)
    from (select settled_id from reclaim.seal order by tree_size desc limit 1) as last
$$;
comment on function reclaim.unsealed_seconds() is 'Age of the oldest event that is not sealed; null: never sealed. More than some seconds: is the sealer running?';
