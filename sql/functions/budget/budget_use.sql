-- budget_use: what budgets allow and what of it is spent. units_max is the smaller of the count and the percentage, which is never less
-- than one seat; null when the percentage is of a number that detection has not reported within a week: then nobody can say.
create or replace function reclaim.budget_use(p_budgets bigint[], p_now timestamptz)
returns table (id bigint, scope text, window_length interval, units_max bigint, used bigint, is_latched boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select b.id, b.scope, b.window_length,
        case when b.percent_max is null then b.count_max
            when n.assigned is not null then least(b.count_max, greatest(1, floor(n.assigned * b.percent_max / 100)))::bigint end,
        (select coalesce(sum(l.units), 0) from reclaim.budget_ledger l where l.scope = b.scope and l.at > p_now - b.window_length),
        b.latched_at is not null
    from reclaim.budget b
        left join lateral (select sum(c.assigned) as assigned from reclaim.app_seats c
            where b.percent_max is not null and b.scope in ('all', 'app:' || c.app) and c.reported_at > p_now - interval '7 days') as n on true
    where b.id = any (p_budgets)
$$;
comment on function reclaim.budget_use(bigint[], timestamptz) is 'What budgets allow and what of it is spent then; the view budgets shows it.';
