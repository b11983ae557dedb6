-- budget_scopes: the scopes a removal falls under.
create or replace function reclaim.budget_scopes(p_app text, p_approver text, p_connector text) returns text[]
language sql immutable
as $$ select array['all', 'app:' || p_app, 'approver:' || lower(p_approver), 'connector:' || p_connector] $$;
comment on function reclaim.budget_scopes is 'The scopes of budgets that a removal falls under.';

-- lock_budgets: locks every budget that one of these jobs needs a unit of, in the order of (scope, window), until commit. Together with
-- the order before it (jobs by id, then seats by key: lock_held_jobs) nobody can wait in a circle; who releases a budget takes jobs and
-- budgets in the same order. Guards are weighed before, so that a batch waits here for the spending and the commit of others only;
-- statements after this one see all that was spent before.
-- Returns their numbers in that order; null when there are none, which then costs one look at an empty table.
create or replace function reclaim.lock_budgets(p_jobs reclaim.judged[]) returns bigint[]
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
declare
    v_scopes text[];
    v_budgets bigint[];
begin
    if not exists (select from reclaim.budget) then
        return null;
    end if;
    select array_agg(distinct scope) into v_scopes
    from unnest(p_jobs) as j, unnest(reclaim.budget_scopes(j.app, j.approver, j.connector)) as scope
    where j.verdict = 'go' and j.state = 'validate';
    select array_agg(id) into v_budgets from (
        select b.id from reclaim.budget b where b.scope = any (v_scopes) order by b.scope, b.window_length for no key update) as locked;
    return v_budgets;
end;
$$;
comment on function reclaim.lock_budgets is 'Locks the budgets that judged jobs need, in order; part of begin_revokes.';
