-- worker_tick: what every worker does about once a second: frees the jobs of workers that died, and reads the closed gates.
-- A worker is dead when the advisory lock it held for life can be had. Its jobs become visible after time_to_stop() instead of at
-- their lease's end: a worker that lost only its session must register anew or end its calls before that
-- (lease_keeper.hpp), so that nobody else works on a job while it still does.
-- Returns: the closed gates as JSON [{"scope", "ms", "probe_ms"}] (ms until it opens, null: until a person opens it or, where there is
-- probe_ms until it may be made, a probe), how many jobs were freed, the time, by which the worker stamps what it signs, and what it has
-- to know of connectors, as JSON [{"connector", "troubled", "slow_ms"}]: that the last call failed, and for how long it is slowed down.
create or replace function reclaim.worker_tick(p_worker uuid)
returns table (gates text, jobs_freed int, now timestamptz, connectors text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_dead uuid[];
begin
    with lost as materialized (
        select id, lock_key from reclaim.worker where id <> p_worker and lock_key is not null and pg_try_advisory_xact_lock(lock_key)
    ), dead as (
        -- Locked, and still under that key: one that registers anew right now waits for us, and then knows that what it renews stays its own.
        select w.id from reclaim.worker w join lost on lost.id = w.id and lost.lock_key = w.lock_key for update of w skip locked
    )
    select array_agg(id) into v_dead from dead;
    jobs_freed := 0;
    if v_dead is not null then
        -- Leases end within a minute, so this reads only that stretch of the index, whatever waits behind it.
        with theirs as materialized (
            select id from reclaim.job
            where visible_at > v_now + reclaim.time_to_stop() and visible_at <= v_now + interval '61 seconds' and worker = any (v_dead)
                and claim_token is not null
            order by id for update skip locked
        )
        update reclaim.job j set visible_at = v_now + reclaim.time_to_stop() from theirs where j.id = theirs.id;
        get diagnostics jobs_freed = row_count;
        delete from reclaim.worker where id = any (v_dead);
    end if;
    select coalesce(json_agg(json_build_object('scope', scope, 'ms', case when closed_until <> 'infinity'
            then ceil(extract(epoch from closed_until - v_now) * 1000)::bigint end,
            'probe_ms', greatest(ceil(extract(epoch from probe_at - v_now) * 1000)::bigint, 0))), '[]')::text into gates
    from reclaim.gate where closed_until > v_now;
    select coalesce(json_agg(json_build_object('connector', connector, 'troubled', t.connector is not null,
            'slow_ms', ceil(extract(epoch from l.slow_until - v_now) * 1000)::bigint)), '[]')::text into connectors
    from reclaim.connector_trouble t full join (select connector, slow_until from reclaim.connector_limit where slow_until > v_now) as l
        using (connector);
    now := v_now;
    return next;
end;
$$;
comment on function reclaim.worker_tick is 'Frees the jobs of dead workers, reads the gates and the time. For workers, each second.';
