-- budget_outlook: how the budgets of a job stand, for a rehearsal, which takes nothing from them and locks none: units filled in, and an
-- objection where one is short now.
create or replace function reclaim.budget_outlook(p_job reclaim.judged, p_now timestamptz) returns reclaim.judged
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    select json_agg(json_build_object('budget', u.id, 'used', u.used, 'max', u.units_max) order by u.id),
        min(case when u.units_max is null then 'budget=unknown:app_seats_not_known'
            when u.is_latched or u.used >= u.units_max then 'budget=fail:budget' end)
    into p_job.units, p_job.objection
    from reclaim.budget_use(array(select b.id from reclaim.budget b
        where b.scope = any (reclaim.budget_scopes(p_job.app, p_job.approver, p_job.connector))), p_now) as u;
    return p_job;
end;
$$;
comment on function reclaim.budget_outlook(reclaim.judged, timestamptz) is 'How the budgets of a rehearsed job stand now; takes nothing from them.';
