-- oldest_snapshot_seconds: how long the oldest transaction of anybody has kept dead rows from being vacuumed. A function, because a
-- view shows its reader only the reader's own sessions.
create or replace function reclaim.oldest_snapshot_seconds() returns numeric
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce(extract(epoch from max(reclaim.clock() - xact_start)), 0)::numeric(12, 1)
    from pg_stat_activity where backend_xmin is not null and pid <> pg_backend_pid()
$$;
comment on function reclaim.oldest_snapshot_seconds() is 'Age of the oldest open snapshot; minutes mean that claims slow down.';
