-- register_worker: a worker process says that it lives. With a direct connection it then holds the session advisory lock of
-- the returned key for as long as it lives, and the server frees that lock at once when the process dies. Each registration draws
-- a new key: the old one may still be held by a connection whose end the server has not noticed.
create or replace function reclaim.register_worker(p_worker uuid, p_host text, p_pid int, p_version text,
    p_has_session boolean)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_key bigint := case when p_has_session then hashtextextended(gen_random_uuid()::text, 0) end;
begin
    insert into reclaim.worker (id, lock_key, host, pid, version, started_at)
    values (p_worker, v_key, p_host, p_pid, p_version, reclaim.clock())
    on conflict (id) do update set lock_key = excluded.lock_key;
    if v_key is not null then
        perform pg_advisory_lock(v_key);
    end if;
    return v_key;
end;
$$;
comment on function reclaim.register_worker is 'A worker process says that it lives, and holds a lock for as long. For workers.';

-- unregister_worker: a clean end. Its jobs are handed back before; now others look for them.
create or replace function reclaim.unregister_worker(p_worker uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    delete from reclaim.worker where id = p_worker;
    select pg_notify('reclaim_job', '');
$$;
comment on function reclaim.unregister_worker is 'A worker process ends in order. For workers.';
