-- queue_health: one line for a dashboard or a first look.
create or replace view reclaim.queue_health as
select
    (select count(*) from reclaim.job where visible_at <= reclaim.clock()) as due,
    (select count(*) from reclaim.job where claim_token is not null and visible_at > reclaim.clock()) as running,
    (select count(*) from reclaim.job where claim_token is null and visible_at > reclaim.clock() and visible_at < 'infinity') as waiting,
    (select count(*) from reclaim.job where state = 'held') as held,
    (select coalesce(extract(epoch from reclaim.clock() - min(visible_at)), 0)::numeric(12, 3) from reclaim.job
        where visible_at <= reclaim.clock()) as oldest_due_seconds,
    (select count(*) from reclaim.worker) as workers,
    (select string_agg(scope, ', ' order by scope) from reclaim.gate where closed_until > reclaim.clock()) as closed_gates,
    (select string_agg(scope || ' ' || used || '/' || coalesce(units_max::text, '?') || ' ' || state, ', ' order by scope, window_length)
        from reclaim.budgets where state <> 'ok') as budgets_short,
    (select value from reclaim.setting where name = 'trigger') as trigger,
    reclaim.oldest_snapshot_seconds()::numeric(12, 1) as oldest_snapshot_seconds,
    reclaim.unsealed_seconds() as unsealed_seconds,
    (select string_agg(app || ' ' || mode || coalesce(' ' || canary_begun || '/' || canary_max, ''), ', ' order by app)
        from reclaim.modes where mode <> 'live') as dry_runs;
comment on view reclaim.queue_health is 'The queue in one line: due, running, waiting, held, oldest due, closed gates, budgets that are latched, nearly spent or unknown, trigger, apps that are not live.';
