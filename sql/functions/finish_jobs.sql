-- finish_jobs: of these jobs (locked by the caller), moves those whose messages have all ended out of the hot table; held
-- ones stay and are parked. Delete and insert in one statement: a job is in one of the two tables at every moment.
create or replace function reclaim.finish_jobs(p_jobs bigint[], p_now timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
begin
    with gone as (
        delete from reclaim.job j
        where j.id = any (p_jobs) and j.state = 'deliver'
            and not exists (select from reclaim.outbox o where o.job_id = j.id and o.state = 'pending')
        returning j.*
    )
    insert into reclaim.job_done (id, outcome, reason, effect_possible, fence, attempts, crashes, event_seq, created_at, finished_at)
    select id, outcome, reason, effect_possible, fence, attempts, crashes, event_seq, created_at, p_now from gone;
end;
$$;
