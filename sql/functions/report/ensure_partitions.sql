-- ensure_partitions: makes this month's and the next months' partitions of job_done. Called by every migrate and by a worker
-- once a day; without it rows land in the default partition, which is slower to expire but loses nothing. Months are UTC's: those
-- of two callers in different time zones would overlap.
create or replace function reclaim.ensure_partitions(p_months int default 3) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
as $$
declare
    v_month date;
    v_made int := 0;
begin
    for v_month in
        select generate_series(date_trunc('month', reclaim.clock()), date_trunc('month', reclaim.clock()) + p_months * interval '1 month',
            interval '1 month')::date
    loop
        if to_regclass(format('reclaim.job_done_%s', to_char(v_month, 'YYYY_MM'))) is null
            and not exists (select from reclaim.job_done_rest where finished_at >= v_month and finished_at < v_month + interval '1 month') then
            execute format('create table reclaim.job_done_%s partition of reclaim.job_done for values from (%L) to (%L)',
                to_char(v_month, 'YYYY_MM'), v_month, (v_month + interval '1 month')::date);
            -- A trigger per statement is not inherited.
            execute format('create trigger functions_only before update or delete or truncate on reclaim.job_done_%s for each statement
                when (current_user <> ''reclaim_owner'' or current_setting(''role'') = ''reclaim_owner'')
                execute function reclaim.refuse_by_hand()', to_char(v_month, 'YYYY_MM'));
            execute format('comment on table reclaim.job_done_%s is %L', to_char(v_month, 'YYYY_MM'),
                'Jobs that finished in ' || to_char(v_month, 'YYYY-MM') || ' (UTC).');
            v_made := v_made + 1;
        end if;
    end loop;
    return v_made;
end;
$$;
comment on function reclaim.ensure_partitions is
    'Makes this months partition of job_done and the next; called by migrate and by workers each day.';
