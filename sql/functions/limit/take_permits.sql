-- calls_arrive_within: how long after it was let through a call may reach the vendor at the latest: the answer to the worker, its own
-- turn there, and the way. What is let through is reckoned so that the vendor sees no more than the limit whenever calls come in that time.
create or replace function reclaim.calls_arrive_within() returns interval
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select interval '250 milliseconds' $$;
comment on function reclaim.calls_arrive_within is 'How long after it was let through a call may reach the vendor at the latest.';

-- take_permits: lets calls to a limited connector through, for all workers together, and takes back the permits of calls that have ended.
-- One statement for everything that waits in one process. Nothing of it touches jobs of other connectors.
--
-- Rate: a leaky bucket in one row. A call of a job that has begun gets a time of its own, which may be in the future, and is in line from
-- then on. A job begins (p_starts) only when its first call may be sent now, and jobs may use but a third of the burst for that: the calls
-- that follow need the rest. So jobs wait in the queue, where they cost nothing, and not in a worker.
-- Calls let through arrive up to calls_arrive_within() later (h), so that they may come closer together than they were let through. For
-- rate 1/T and burst b the vendor sees at most b at once and one each T when let through are b' = max(1, b - h/T) at once and one each
-- T' = max(T, (T + h) / (1 + b - b')): of k calls more than b the last comes (k + b - b') T' - h >= k T after the first.
-- Concurrency, and one call at a time per person: a row in call_permit for each call under way, until it ends or must have ended.
--
-- p_rate: calls per second, null for no limit; p_times: until each call's deadline; p_subjects: null where several at once are allowed;
-- p_ended: permits of calls that have ended. A turn by the rate that is not used is gone: giving it back later could let too many through
-- at once.
-- Returns for each call, by its place: permit (0 where none has to be given back) and wait_ms until it may be sent; or denied (rate,
-- concurrency, subject) and wait_ms until it makes sense to ask again. With place 0: how many jobs that wait for their turn ('limit:NAME')
-- are due now, as permit, and wait_ms until there may be room for the next; null: none waits.
-- Locks: the connector's row, then jobs that nobody holds, skipping locked ones.
create or replace function reclaim.take_permits(p_connector text, p_rate double precision, p_burst int, p_concurrency int,
    p_starts boolean[], p_subjects text[], p_times interval[], p_ended bigint[])
returns table (place int, permit bigint, wait_ms int, denied text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off set jit = off
as $$
#variable_conflict use_column
declare
    v_limit reclaim.connector_limit;
    v_now timestamptz;
    v_at double precision;                -- the same in seconds
    v_h double precision := extract(epoch from reclaim.calls_arrive_within());
    v_gap double precision := 1 / p_rate;  -- T, then T'
    v_burst double precision := greatest(p_burst, 1);
    v_line double precision;
    v_slot double precision;
    v_live int;
    v_hurry boolean;
    v_subject bytea;
    v_room int;
    v_woken int;
begin
    select * into v_limit from reclaim.connector_limit where connector = p_connector for update;
    if not found then
        insert into reclaim.connector_limit (connector, told_at) values (p_connector, reclaim.clock()) on conflict do nothing;
        select * into v_limit from reclaim.connector_limit where connector = p_connector for update;
    end if;
    v_now := reclaim.clock();  -- after the wait for the row
    v_at := extract(epoch from v_now);
    v_line := extract(epoch from v_limit.line_at);
    v_hurry := v_limit.hurry_until > v_now;
    if v_limit.slow_until > v_now and (v_gap is null or v_gap < v_limit.slow_gap) then
        v_gap := v_limit.slow_gap;
        v_burst := 1;
    end if;
    if v_gap is not null then
        v_room := v_burst;  -- as it was told
        v_burst := greatest(1, v_room - v_h / v_gap);
        v_gap := greatest(v_gap, (v_gap + v_h) / (1 + v_room - v_burst));
    end if;
    delete from reclaim.call_permit where id = any (p_ended) or (connector = p_connector and ends_at <= v_now);
    select count(*) into v_live from reclaim.call_permit where connector = p_connector;

    if v_limit.woken_at < v_now - interval '1 second' then
        v_limit.woken := 0;
    end if;

    for i in 1 .. coalesce(array_length(p_starts, 1), 0) loop
        place := i;
        permit := null;
        denied := null;
        v_limit.woken := greatest(v_limit.woken - p_starts[i]::int, 0);
        v_slot := greatest(v_at, v_line - (case when p_starts[i] then ceil(v_burst / 3) else v_burst end - 1) * v_gap);
        v_subject := sha256(convert_to(p_subjects[i], 'UTF8'));
        if v_subject is not null and exists (select from reclaim.call_permit where connector = p_connector and subject = v_subject) then
            denied := 'subject';
            wait_ms := 100;
        elsif v_live >= p_concurrency or (p_starts[i] and v_hurry) then
            denied := 'concurrency';
            wait_ms := 50;
            v_hurry := v_hurry or not p_starts[i];
            if not p_starts[i] then
                v_limit.hurry_until := v_now + interval '200 milliseconds';
            end if;
        elsif v_slot > v_at + (case when p_starts[i] then 0 else extract(epoch from p_times[i]) / 2 end) then
            denied := 'rate';
            wait_ms := ceil((v_slot - v_at) * 1000);
        else
            wait_ms := ceil((v_slot - v_at) * 1000);
            v_line := greatest(v_line, v_at) + v_gap;
            permit := 0;
            if p_concurrency is not null or v_subject is not null then
                insert into reclaim.call_permit (connector, subject, ends_at) values (p_connector, v_subject, v_now + p_times[i])
                returning id into permit;
                v_live := v_live + 1;
            end if;
        end if;
        return next;
    end loop;

    place := 0;
    permit := 0;
    denied := null;
    -- The first of the line that could begin now; by the rate, the time of the next that may begin.
    v_slot := greatest(v_at, v_line - (ceil(v_burst / 3) - 1) * v_gap);
    v_room := least(coalesce(p_concurrency - v_live, 100), 100,
        case when v_slot > v_at then 0 else floor((v_at - greatest(v_line, v_at)) / v_gap + ceil(v_burst / 3)) end) - v_limit.woken;
    if v_room > 0 and not v_hurry then
        with next as materialized (
            select id from reclaim.job where waiting_for = 'limit:' || p_connector order by id limit v_room for update skip locked
        )
        update reclaim.job j set visible_at = v_now, waiting_for = null from next where j.id = next.id;
        get diagnostics v_woken = row_count;
        if v_woken > 0 then
            v_limit.woken := v_limit.woken + v_woken;
            v_limit.woken_at := v_now;
        end if;
        permit := v_woken;
    end if;
    wait_ms := case when exists (select from reclaim.job where waiting_for = 'limit:' || p_connector)
        then greatest(ceil(coalesce(v_slot - v_at, 0) * 1000), 50) end;
    return next;

    update reclaim.connector_limit set rate = p_rate, burst = case when p_rate is not null then p_burst end, concurrency = p_concurrency,
        line_at = coalesce(to_timestamp(v_line), line_at), hurry_until = v_limit.hurry_until,
        woken = v_limit.woken, woken_at = v_limit.woken_at, told_at = v_now
    where connector = p_connector;
end;
$$;
comment on function reclaim.take_permits is 'Lets calls to a limited connector through, for all workers together. For workers.';
