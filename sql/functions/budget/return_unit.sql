-- return_unit: a job gives back the unit its intent took of each budget, unless a call may have been sent on it. An entry of the ledger
-- and no budget is touched, so this waits for nobody; the caller holds the job's lock.
create or replace function reclaim.return_unit(p_job bigint, p_connector text) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    with given as (
        update reclaim.job j set unit_at = null
        from (select id, unit_at from reclaim.job where id = p_job) as had
        where j.id = had.id and had.unit_at is not null and not j.unit_spent
        returning j.id, had.unit_at
    )
    insert into reclaim.budget_ledger (scope, at, units)
    select distinct l.scope, l.at, -1
    from given g join reclaim.approval a on a.id = g.id
        join reclaim.budget_ledger l on l.scope = any (reclaim.budget_scopes(a.app, a.approver, p_connector)) and l.at = g.unit_at
$$;
comment on function reclaim.return_unit is 'A job gives its unit of each budget back.';
