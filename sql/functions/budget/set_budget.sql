-- set_budget: at most so many removals (p_count_max), or so many percent of the assigned seats (p_percent_max), or both, may begin in
-- any p_window within a scope: all, app:NAME, approver:NAME, connector:NAME. Set again it changes the limits; a latch stays. It counts
-- what begins from now on, and what is counted already for another window of the scope. Percent need a number that
-- detection reports, per app, so they are for all and app:NAME.
-- Returns its number, by which events name it. Locks: the budget. Raises: RC422 what is wrong with the arguments.
create or replace function reclaim.set_budget(p_scope text, p_window interval, p_reason text, p_count_max int default null,
    p_percent_max numeric default null)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_scope text := case when p_scope like 'approver:%' then lower(p_scope) else p_scope end;
    v_id bigint;
begin
    if p_scope is null or p_scope !~ '^(all|(app|approver|connector):.+)$' then
        raise exception '% is not a scope of a budget', quote_nullable(p_scope) using errcode = 'RC422',
            hint = 'Scopes: all, app:NAME, approver:NAME, connector:NAME.';
    end if;
    if coalesce(p_reason, '') = '' or p_window is null or p_window <= interval '0' or p_window > interval '366 days' then
        raise exception 'set_budget needs a window of up to a year and a reason: select reclaim.set_budget(%, ''1 hour'', ''why'', 25)',
            quote_literal(p_scope) using errcode = 'RC422';
    end if;
    if coalesce(p_count_max, 1) <= 0 or coalesce(p_percent_max, 1) <= 0 or p_percent_max > 100
        or p_count_max is null and p_percent_max is null then
        raise exception 'a budget needs a count from 1, a percentage above 0 and up to 100, or both' using errcode = 'RC422',
            hint = 'To stop everything close a gate: select reclaim.close_gate(''all'', ''why'').';
    end if;
    if p_percent_max is not null and p_scope !~ '^(all|app:)' then
        raise exception 'percent are of the seats of an app: % has none', quote_literal(p_scope) using errcode = 'RC422';
    end if;
    insert into reclaim.budget (scope, window_length, count_max, percent_max, set_at)
    values (v_scope, p_window, p_count_max, p_percent_max, reclaim.clock())
    on conflict (scope, window_length) do update set count_max = excluded.count_max, percent_max = excluded.percent_max, set_at = excluded.set_at
    returning id into v_id;
    perform reclaim.write_event('budget_set', 'operator', reclaim.application_actor(), null, v_scope || ': ' || p_reason,
        json_build_object('budget', v_id, 'window', p_window, 'count_max', p_count_max, 'percent_max', p_percent_max));
    return v_id;
end;
$$;
comment on function reclaim.set_budget(text, interval, text, int, numeric) is
    'Limit removals: select reclaim.set_budget(''app:figma'', ''1 hour'', ''why'', 25). Fifth: percent of the assigned seats.';

-- drop_budget: the limit is gone. Not while it is latched: that is released first, by somebody who may.
-- Raises: RC404 there is none; RC409 it is latched; RC422 no reason.
create or replace function reclaim.drop_budget(p_scope text, p_window interval, p_reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_budget reclaim.budget;
begin
    if coalesce(p_reason, '') = '' then
        raise exception 'drop_budget needs a reason: select reclaim.drop_budget(''app:figma'', ''1 hour'', ''why'')' using errcode = 'RC422';
    end if;
    select * into v_budget from reclaim.budget
    where scope = case when p_scope like 'approver:%' then lower(p_scope) else p_scope end and window_length = p_window for update;
    if not found then
        raise exception 'there is no budget for % in %', quote_nullable(p_scope), p_window using errcode = 'RC404',
            hint = 'Budgets: select * from reclaim.budgets.';
    end if;
    if v_budget.latched_at is not null then
        raise exception 'the budget is latched' using errcode = 'RC409',
            hint = format('Release it first: select * from reclaim.release_budget(%L, ''your name'', ''why'').', p_scope);
    end if;
    delete from reclaim.budget where id = v_budget.id;
    delete from reclaim.budget_ledger l where l.scope = v_budget.scope
        and not exists (select from reclaim.budget b where b.scope = v_budget.scope);
    perform reclaim.write_event('budget_dropped', 'operator', reclaim.application_actor(), null, v_budget.scope || ': ' || p_reason,
        json_build_object('budget', v_budget.id));
end;
$$;
comment on function reclaim.drop_budget(text, interval, text) is 'Remove a limit: select reclaim.drop_budget(''app:figma'', ''1 hour'', ''why'').';
