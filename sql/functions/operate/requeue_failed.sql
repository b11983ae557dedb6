-- requeue_failed: requeues failed jobs by filter. With p_dry_run (the default) it only shows which.
create or replace function reclaim.requeue_failed(p_reason text, p_app text default null, p_failed_with text default null,
    p_since timestamptz default '-infinity', p_limit int default 1000, p_dry_run boolean default true)
returns table (job_id bigint, app text, seat text, failed_with text, finished_at timestamptz, requeued boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    for job_id, app, seat, failed_with, finished_at in
        select d.id, a.app, a.seat, d.reason, d.finished_at
        from reclaim.job_done d join reclaim.approval a on a.id = d.id
        where d.outcome = 'failed' and d.finished_at >= p_since and (p_app is null or a.app = p_app)
            and (p_failed_with is null or d.reason = p_failed_with)
        order by d.id limit p_limit
    loop
        requeued := not p_dry_run;
        if requeued then
            perform reclaim.requeue(job_id, p_reason);
        end if;
        return next;
    end loop;
end;
$$;
comment on function reclaim.requeue_failed(text, text, text, timestamptz, int, boolean) is
    'Requeue failed jobs by filter; shows them first: select * from reclaim.requeue_failed(''why'', p_app => ''figma''); then p_dry_run => false.';
