-- held_for_budget: the jobs these budgets hold, oldest first: the budget is named by the event that held them.
create or replace function reclaim.held_for_budget(p_budgets bigint[]) returns bigint[]
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(j.id order by j.id), '{}') from reclaim.job j
    where j.state = 'held' and j.reason = 'budget'
        and (select (t.detail #>> '{units,budget}')::bigint from reclaim.audit t
            where t.job_id = j.id and t.event_type = 'held' order by t.event_seq desc limit 1) = any (p_budgets)
$$;
comment on function reclaim.held_for_budget(bigint[]) is 'The jobs these budgets hold, oldest first; the view budgets counts them.';
