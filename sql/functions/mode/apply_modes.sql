-- apply_modes: what the modes make of jobs that guards have judged, between the judging and the spending of budgets. Nothing changes for
-- live, for what a gate stops and for what is early. Else:
--   plan, read        a job that has not begun is rehearsed: what live would do is found out and written down, and it is held. A rehearsal
--                     decides nothing, so it refuses nothing either. In read one that would remove is looked at first (verdict rehearse).
--   canary            a job that may go takes a place, or keeps the one it has; without one it is held. Its rivals for the seat have not
--                     lost to it and are held too.
--   begun already     in plan held at once; in read, and in a canary without a place, it may look, and is then held or recorded.
-- Returns the jobs with mode, verdict (also rehearsed, rehearse, stopped), would and canary (whose place it is to take).
-- Locks: the modes, shared, and the canaries' rows by app, until commit: their places are counted after that, so the number is exact.
create or replace function reclaim.apply_modes(p_jobs reclaim.judged[], p_now timestamptz) returns reclaim.judged[]
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_modes jsonb;
    v_left jsonb;
    v_placed jsonb;
    v_stopped text[] := '{}';  -- apps and seats of those held for want of a place
    v_job reclaim.judged;
    v_app text;
    v_short reclaim.judged;
begin
    perform pg_advisory_xact_lock_shared(reclaim.mode_lock());
    if not exists (select from reclaim.app_mode where mode <> 'live') then
        return p_jobs;
    end if;
    select jsonb_object_agg(m.app, m.mode) into v_modes from reclaim.app_mode m
    where m.app = '*' or m.app in (select j.app from unnest(p_jobs) as j);
    -- Whose canary each job falls under is known; what is left of it only behind its lock.
    perform from (select from reclaim.app_mode m where m.mode = 'canary' and (m.app = '*' or m.app in (select j.app from unnest(p_jobs) as j))
        order by m.app for no key update) as locked;
    select jsonb_object_agg(m.app, m.canary_max - (select count(*) from reclaim.canary c where c.app = m.app)) into v_left
    from reclaim.app_mode m where m.mode = 'canary' and (m.app = '*' or m.app in (select j.app from unnest(p_jobs) as j));
    select coalesce(jsonb_object_agg(c.job_id::text, true), '{}') into v_placed
    from unnest(p_jobs) as j join reclaim.canary c on c.job_id = j.id and c.app = case when v_modes ? j.app then j.app else '*' end;

    for n in 1 .. coalesce(cardinality(p_jobs), 0) loop
        v_job := p_jobs[n];
        v_app := case when v_modes ? v_job.app then v_job.app else '*' end;
        v_job.mode := v_modes ->> v_app;
        if v_job.mode = 'live' or v_job.verdict in ('gate_closed', 'later') then
            null;
        elsif v_job.mode = 'canary' then
            if v_job.verdict = 'go' then
                if v_placed ? v_job.id::text then
                    null;
                elsif (v_left ->> v_app)::int > 0 then
                    v_left := jsonb_set(v_left, array[v_app], to_jsonb((v_left ->> v_app)::int - 1));
                    v_job.canary := v_app;
                elsif v_job.state = 'revoke' then
                    v_job.verdict := 'look';
                    v_job.objection := 'mode=stop:canary_done';
                else
                    v_job.verdict := 'stopped';
                    v_job.objection := 'mode=fail:canary_done';
                    v_stopped := v_stopped || jsonb_build_array(v_job.app, v_job.seat)::text;
                end if;
            elsif v_job.verdict = 'superseded' and jsonb_build_array(v_job.app, v_job.seat)::text = any (v_stopped) then
                v_job.verdict := 'stopped';
                v_job.objection := 'mode=fail:canary_done';
            end if;
        elsif v_job.state = 'revoke' then
            v_job.verdict := case v_job.mode when 'read' then 'look' else 'stopped' end;
            v_job.objection := 'mode=stop:mode_is_' || v_job.mode;
        else
            v_job.would := case v_job.verdict when 'go' then 'would_remove' when 'refused' then 'would_refuse' when 'cancelled' then 'would_cancel'
                when 'superseded' then 'would_supersede' else 'would_hold' end;
            if v_job.verdict = 'go' then
                v_short := reclaim.budget_outlook(v_job, p_now);
                v_job.units := v_short.units;
                v_job.objection := v_short.objection;
                v_job.would := case when v_short.objection is null then 'would_remove' else 'would_hold' end;
            end if;
            v_job.verdict := case when v_job.would = 'would_remove' and v_job.mode = 'read' then 'rehearse' else 'rehearsed' end;
        end if;
        p_jobs[n] := v_job;
    end loop;
    return p_jobs;
end;
$$;
comment on function reclaim.apply_modes(reclaim.judged[], timestamptz) is 'What plan, read and canary make of judged jobs; part of begin_revokes.';
