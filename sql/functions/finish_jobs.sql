-- finish_jobs: of these jobs (locked by the caller), moves those whose messages have all ended out of the hot table; held ones and
-- those that still owe one stay. p_events: how many events the caller has written for each since it read event_seq.
-- Delete and insert in one statement: a job is in one of the two tables at every moment. Returns the jobs that are finished.
create or replace function reclaim.finish_jobs(p_jobs bigint[], p_events int, p_now timestamptz) returns bigint[]
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
declare
    v_finished bigint[];
begin
    with gone as (
        delete from reclaim.job j
        where j.id = any (p_jobs) and j.state = 'deliver'
            and not exists (select from reclaim.outbox o where o.job_id = j.id and o.state = 'pending')
        returning j.*
    ), kept as (
        insert into reclaim.job_done (id, kind, outcome, reason, effect_possible, fence, attempts, crashes, event_seq, created_at, finished_at)
        select id, kind, outcome, reason, effect_possible, fence, attempts, crashes, event_seq + p_events, created_at, p_now from gone
    )
    select array_agg(id) into v_finished from gone;
    return coalesce(v_finished, '{}');
end;
$$;
comment on function reclaim.finish_jobs is 'Moves jobs that owe no message any more to job_done.';
