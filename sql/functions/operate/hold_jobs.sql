-- hold_jobs: stops jobs until they are released, by filter (act_on_jobs): an app, a source, an approver, the reason in jobs (p_because), a time since which the
-- approval was received; at most p_limit, oldest first. With p_dry_run (the default) it only counts.
create or replace function reclaim.hold_jobs(p_reason text, p_app text default null, p_source text default null, p_approver text default null,
    p_because text default null, p_since timestamptz default null, p_limit int default 1000, p_dry_run boolean default true)
returns table (app text, was text, becomes text, jobs bigint, ids bigint[], refusal text)
language sql security definer set search_path = pg_catalog, pg_temp
as $$ select * from reclaim.act_on_jobs('hold', p_reason, p_app, p_source, p_approver, p_because, p_since, p_limit, p_dry_run) $$;
comment on function reclaim.hold_jobs is
    'Stop jobs by filter, counted; a dry run unless told otherwise: select * from reclaim.hold_jobs(''why'', p_app => ''figma''); then p_dry_run => false.';
