-- look_at_log: the sealer's one statement while nothing happens. Says whether events above p_after are unsealed, which id was drawn last,
-- and which transactions run. An id is drawn before its event commits, and commits come in any order; but once every transaction of
-- that list has ended, no event up to that id can still appear. Hence the order: first the id, then the list.
-- Returns: one row.
create or replace function reclaim.look_at_log(p_after bigint, out waiting boolean, out latest bigint, out running text[], out now timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- A sequence that was never asked shows the value it will give first.
    select last_value - (not is_called)::int into latest from reclaim.audit_audit_id_seq;
    select coalesce(array_agg(l.virtualxid), '{}') into running from pg_locks l
    where l.locktype = 'virtualxid' and l.granted and l.mode = 'ExclusiveLock' and l.pid <> pg_backend_pid();
    -- A prepared transaction has no session any more; it counts until it has ended.
    running := running || array(select p.gid from pg_prepared_xacts p);
    waiting := exists (select from reclaim.audit t where t.audit_id > p_after
        and not exists (select from reclaim.leaf l where l.audit_id = t.audit_id));
    now := reclaim.clock();
end;
$$;
comment on function reclaim.look_at_log is 'Whether events wait to be sealed, and which transactions may still write some. For the sealer.';
