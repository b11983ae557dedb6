-- health_check: what is wrong with this database, in words that name the fix. No row: nothing is.
create or replace function reclaim.health_check() returns table (problem text, fix text)
language sql stable security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC'
as $$
    select 'fsync is off: acknowledged approvals are lost when the server dies', 'set fsync = on and restart'
    where current_setting('fsync') <> 'on'
    union all
    select format('synchronous_commit is %s: an acknowledged approval may be lost', current_setting('synchronous_commit')),
        'set synchronous_commit = on (or remote_apply with a standby) for the server or the reclaim roles'
    where current_setting('synchronous_commit') in ('off', 'local')
    union all
    select 'full_page_writes is off: a crash can tear pages', 'set full_page_writes = on'
    where current_setting('full_page_writes') <> 'on'
    union all
    select 'autovacuum is off: claims slow down as dead rows pile up', 'set autovacuum = on'
    where current_setting('autovacuum') <> 'on'
    union all
    select format('server version %s is older than 15', current_setting('server_version')), 'run PostgreSQL 15 or newer'
    where current_setting('server_version_num')::int < 150000
    union all
    select format('a transaction of %s (pid %s) has been open for %s and keeps dead rows from being vacuumed', usename, pid,
        date_trunc('second', reclaim.clock() - xact_start)), format('end it: select pg_terminate_backend(%s)', pid)
    from pg_stat_activity
    where backend_xmin is not null and xact_start < reclaim.clock() - interval '10 minutes' and pid <> pg_backend_pid()
    union all
    select format('role %s is missing', r), 'run reclaim-worker migrate as a superuser'
    from unnest(array['reclaim_owner', 'reclaim_receiver', 'reclaim_worker', 'reclaim_sealer', 'reclaim_detector',
        'reclaim_operator', 'reclaim_auditor']) as r
    where not exists (select from pg_roles where rolname = r)
    union all
    select format('events wait to be sealed since %s s', s), 'start reclaim-worker seal, or read why it stopped'
    from reclaim.unsealed_seconds() as s where s > 60
    union all
    select format('budget %s in %s is %s: %s of %s spent, %s jobs held', scope, window_length, case state when 'warning' then 'nearly spent' else state end, used,
            coalesce(units_max::text, 'an unknown number'), jobs_held),
        case state when 'latched' then format('look at the held jobs, then select * from reclaim.release_budget(%L, ''your directory id'', ''why'')', scope)
            when 'unknown' then 'let detection call reclaim.report_app_seats() at least once a week'
            else 'look whether so many removals are meant' end
    from reclaim.budgets where state <> 'ok'
    union all
    select 'this month''s partition of job_done is missing', 'select reclaim.ensure_partitions()'
    where to_regclass('reclaim.job_done_' || to_char(reclaim.clock(), 'YYYY_MM')) is null
$$;
comment on function reclaim.health_check() is 'What is wrong with this database and how to fix it; no row: nothing.';
