-- wake_messages: messages parked behind this scope are due now, and their jobs visible, unless a worker holds them just now.
-- Returns how many messages there were.
create or replace function reclaim.wake_messages(p_scope text) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_jobs bigint[];
    v_woken int;
begin
    select array_agg(id) into v_jobs from (
        select j.id from reclaim.outbox o join reclaim.job j on j.id = o.job_id join reclaim.approval a on a.id = j.id
        where o.state = 'pending' and o.parked
            and (p_scope = 'all' or (p_scope = 'linear' and o.topic in ('ticket', 'comment'))
                or (p_scope = 'callback:' || a.source and o.topic = 'confirmation'))
        order by j.id for update of j) as parked;
    update reclaim.outbox o set due_at = reclaim.clock()
    where o.job_id = any (v_jobs) and o.state = 'pending' and o.parked;
    get diagnostics v_woken = row_count;
    update reclaim.job j set visible_at = reclaim.clock() where j.id = any (v_jobs) and j.claim_token is null;
    return v_woken;
end;
$$;
comment on function reclaim.wake_messages is 'Messages parked behind a gate are due now; part of open_gate.';

-- let_through: takes the gate of a scope away. Jobs that waited for it become visible spread over a few seconds, not all at once.
-- Returns how many jobs waited, -1 when the gate was not there.
create or replace function reclaim.let_through(p_scope text) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_waited int;
begin
    delete from reclaim.gate where scope = p_scope;
    if not found then
        return -1;
    end if;
    with waiting as materialized (
        select id from reclaim.job where waiting_for = p_scope order by id for update
    )
    update reclaim.job j set waiting_for = null,
        visible_at = reclaim.clock() + random() * least(w.n / 500.0, 10.0) * interval '1 second'
    from (select id, count(*) over () as n from waiting) as w where j.id = w.id;
    get diagnostics v_waited = row_count;
    return v_waited + reclaim.wake_messages(p_scope);
end;
$$;
comment on function reclaim.let_through is 'Takes a gate away and wakes who waited for it; part of open_gate and of the circuit breaker.';

-- open_gate: lets a scope go on. Returns how many jobs waited.
create or replace function reclaim.open_gate(p_scope text, p_why text) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_waited int := reclaim.let_through(p_scope);
begin
    if v_waited < 0 then
        raise exception 'gate % is not closed', quote_literal(p_scope) using errcode = 'RC409',
            hint = 'Closed gates: ' || coalesce((select string_agg(scope, ', ') from reclaim.gate), 'none');
    end if;
    perform reclaim.write_event('gate_opened', 'operator', reclaim.application_actor(), null, p_why,
        json_build_object('scope', p_scope, 'jobs_waiting', v_waited));
    perform pg_notify('reclaim_gate', p_scope);
    return v_waited;
end;
$$;
comment on function reclaim.open_gate(text, text) is 'Let a closed scope go on; returns how many jobs waited for it.';
