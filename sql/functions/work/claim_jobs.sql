-- claim_jobs: gives up to p_max due jobs to one worker, longest-waiting first, with everything needed to work on them.
--
-- Rows another claim has locked are skipped, not waited for. Each claim raises the fence and draws a new token, so that a
-- holder whose lease ran out is told apart from the new one. A token still set means the last holder never gave the job back:
-- it crashed or froze, which is counted apart from errors; too many in a row and the job waits for a person (quarantine).
-- p_floor bounds the index scan from below, past the dead versions of rows claimed before: with an old snapshot held open
-- nothing can vacuum them away. Callers pass '-infinity' every few seconds to sweep up what lies under their floor.
-- Returns: the claimed jobs. Locks: the claimed rows until commit.
create or replace function reclaim.claim_jobs(p_worker uuid, p_max int, p_lease interval, p_floor timestamptz, p_crashes_max int)
returns table (job_id bigint, state text, visible_at timestamptz, fence bigint, token uuid, attempts int, effect_possible boolean,
    outcome text, app text, seat text, subject text, email text, source text, approval_ref text, approver text, requester text,
    callback_url text, reason text, flag_epoch bigint, created_at timestamptz, kind text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
#variable_conflict use_column
declare
    v_now timestamptz := reclaim.clock();
    v_ids bigint[];
    v_due timestamptz[];
    v_poison bigint;
begin
    -- A claim need not wait for the disk. No removal is sent on its word alone: the intent's commit comes between and flushes it
    -- too. A message may be, but repeats harmlessly by its id. Lost in a crash of the server, a claim only lets another worker
    -- claim the same job, with another token.
    perform set_config('synchronous_commit', 'off', true);
    -- A CTE: as a sub-select in WHERE the limit could be evaluated again per row and claim more.
    with due as materialized (
        select j.id, j.visible_at from reclaim.job j
        where j.visible_at <= v_now and j.visible_at >= p_floor
        order by j.visible_at limit p_max for update skip locked
    ), taken as (
        update reclaim.job j
        set visible_at = v_now + p_lease, fence = j.fence + 1, claim_token = gen_random_uuid(), worker = p_worker,
            crashes = j.crashes + (j.claim_token is not null)::int, waiting_for = null
        from due where j.id = due.id
        returning j.id, due.visible_at, j.crashes
    )
    select array_agg(id order by visible_at), array_agg(visible_at order by visible_at),
        min(id) filter (where crashes >= p_crashes_max)
    into v_ids, v_due, v_poison from taken;
    if cardinality(v_ids) > p_max then
        raise exception 'claim_jobs took % jobs with a limit of %', cardinality(v_ids), p_max using errcode = 'RC500';
    end if;

    if v_poison is not null then
        for v_poison in
            select j.id from reclaim.job j
            where j.id = any (v_ids) and j.crashes >= p_crashes_max and j.state in ('validate', 'revoke') order by j.id
        loop
            perform reclaim.hold_job(v_poison, 'quarantined', 'crashes', format('workers died %s times in a row while holding '
                'this job', p_crashes_max), 'system', 'reclaim');
        end loop;
    end if;

    return query
    select j.id, j.state, c.due, j.fence, j.claim_token, j.attempts, j.effect_possible, j.outcome, a.app, a.seat, a.subject,
        s.email, a.source, a.approval_ref, a.approver, a.requester, a.callback_url, a.reason, a.flag_epoch, j.created_at, j.kind
    from unnest(v_ids, v_due) as c (id, due)
        join reclaim.job j on j.id = c.id and j.claim_token is not null
        join reclaim.approval a on a.id = c.id
        left join reclaim.seat s on s.app = a.app and s.seat = a.seat
    order by c.due;
end;
$$;
comment on function reclaim.claim_jobs is 'Gives due jobs to a worker, each to one alone, with a new fence and token. For workers.';
