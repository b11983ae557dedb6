-- budgets: each limit, how much of it is spent, and what is held for it.
create or replace view reclaim.budgets as
select b.id as budget, b.scope, b.window_length, b.count_max, b.percent_max, u.units_max, u.used,
    case when b.latched_at is not null then 'latched' when u.units_max is null then 'unknown'
        when u.used >= 0.8 * u.units_max then 'warning' else 'ok' end as state,
    b.latched_at, cardinality(reclaim.held_for_budget(array[b.id])) as jobs_held
from reclaim.budget b, lateral reclaim.budget_use(array[b.id], reclaim.clock()) as u;
comment on view reclaim.budgets is 'Limits on removals: what is spent in the window, and what is latched. state: ok, warning (80 %), latched, unknown (percent of an unknown number).';
