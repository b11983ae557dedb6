-- release_budget: opens a scope whose budget latched, and lets its held jobs go on, oldest first, as many as there are units now; call it
-- again for the rest, or raise the limit before. Each is judged anew. p_person is who decides, by their directory id: not somebody who
-- approved one of the held jobs. Nobody can prove that the name is theirs; so login and application name (which access gateways set to the
-- person) must not be an approver's either, each taken whole and up to its @, and all three stand in the event.
-- Returns how many jobs go on and how many are still held. Locks: the held jobs by id, then the budgets in their order.
-- Raises: RC403 the person approved one of them; RC409 nothing is latched or held; RC422 no name or no reason.
create or replace function reclaim.release_budget(p_scope text, p_person text, p_reason text)
returns table (released int, still_held int)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_scope text := case when p_scope like 'approver:%' then lower(p_scope) else p_scope end;
    v_budgets bigint[] := array(select id from reclaim.budget where scope = v_scope order by window_length);
    v_locked bigint[] := reclaim.held_for_budget(v_budgets);
    v_held bigint[];
    v_theirs bigint;
    v_latched int;
    v_left bigint;
    v_names text[] := array[lower(p_person), lower(session_user), lower(current_setting('application_name'))];
begin
    if coalesce(p_person, '') = '' or coalesce(p_reason, '') = '' then
        raise exception 'release_budget needs your name and a reason: select * from reclaim.release_budget(%, ''your name'', ''why'')',
            quote_nullable(p_scope) using errcode = 'RC422';
    end if;
    perform from (select from reclaim.job where id = any (v_locked) order by id for update) as jobs;
    perform from (select from reclaim.budget where id = any (v_budgets) order by scope, window_length for update) as budgets;
    -- A batch may have held more while we waited. They count for who may decide, but to lock them now would be against the order.
    v_held := reclaim.held_for_budget(v_budgets);
    select min(a.id) into v_theirs from reclaim.approval a
    where a.id = any (v_held) and (lower(a.approver) = any (v_names)
        or split_part(lower(a.approver), '@', 1) in (select split_part(n, '@', 1) from unnest(v_names) as n));
    if v_theirs is not null then
        raise exception 'job %, which this budget holds, was approved by %', v_theirs, quote_literal(p_person) using errcode = 'RC403',
            hint = 'Somebody who approved none of the held jobs has to decide.';
    end if;
    update reclaim.budget set latched_at = null where id = any (v_budgets) and latched_at is not null;
    get diagnostics v_latched = row_count;
    if v_latched = 0 and v_held = '{}' then
        raise exception 'no budget of % is latched, and none holds a job', quote_nullable(p_scope) using errcode = 'RC409',
            hint = 'Budgets: select * from reclaim.budgets.';
    end if;
    select coalesce(min(units_max - used), 0) into v_left from reclaim.budget_use(v_budgets, v_now);
    perform reclaim.write_event('budget_released', 'operator', reclaim.application_actor(), null, v_scope || ': ' || p_person || ': ' || p_reason,
        json_build_object('budgets', v_budgets, 'held', v_held, 'units_left', v_left));
    v_locked := array(select id from unnest(v_locked) as id where id = any (v_held) order by id limit greatest(v_left, 0));
    perform reclaim.release(id, 'budget released: ' || p_reason) from unnest(v_locked) as id;
    released := cardinality(v_locked);
    still_held := cardinality(v_held) - released;
    return next;
end;
$$;
comment on function reclaim.release_budget(text, text, text) is
    'Open a latched budget: select * from reclaim.release_budget(''app:figma'', ''your directory id'', ''why''). Not for who approved a held job.';
