-- spend_budgets: takes one unit of every budget each job that may go falls under, oldest job first. Where one has none left the job is
-- held (verdict budget), and the budget latches: from then on all its jobs are held, also when units come free, until a person releases
-- it. Where nobody can say what a budget in percent allows the job is held too, without a latch. A rival for the seat of a job that is
-- held so has not lost to it and is held with it.
-- A job that still has a unit, because it was tried and is tried again, moves it to now and does not pay twice.
-- p_budgets: locked before by lock_budgets, in the same transaction. Returns the jobs with their verdicts.
-- Writes: budget, budget_ledger, audit.
create or replace function reclaim.spend_budgets(p_jobs reclaim.judged[], p_budgets bigint[], p_now timestamptz)
returns reclaim.judged[]
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
declare
    -- One place in each array per budget, in the order of p_budgets: those of one scope stand together.
    v_scopes text[];
    v_max bigint[];
    v_used bigint[];
    v_latched boolean[];
    v_windows interval[];
    v_taken int[];
    v_moved text[] := '{}';  -- scopes and times of units given up for a newer one
    v_moved_at timestamptz[] := '{}';
    v_held reclaim.judged[] := '{}';
    v_job reclaim.judged;
    v_rival reclaim.judged;
    v_mine text[];
    v_own int[];
    v_short int;
    v_words text;
begin
    select array_agg(u.scope order by p.n), array_agg(u.units_max order by p.n), array_agg(u.used order by p.n),
        array_agg(u.is_latched order by p.n), array_agg(u.window_length order by p.n), array_agg(0)
    into v_scopes, v_max, v_used, v_latched, v_windows, v_taken
    from reclaim.budget_use(p_budgets, p_now) as u join unnest(p_budgets) with ordinality as p (id, n) on p.id = u.id;

    -- No query for the ordinary job in here: it would be paid for each, under the locks.
    for n in 1 .. cardinality(p_jobs) loop
        v_job := p_jobs[n];
        -- Not v_held <> '{}': jobs have no equality, because json has none.
        if v_job.verdict = 'superseded' and cardinality(v_held) > 0 then
            select * into v_rival from unnest(v_held) as h where h.app = v_job.app and h.seat = v_job.seat;
            if found then
                v_job.verdict := v_rival.verdict;
                v_job.objection := v_rival.objection;
                v_job.units := v_rival.units;
                p_jobs[n] := v_job;
            end if;
        end if;
        continue when v_job.verdict <> 'go' or v_job.state <> 'validate';
        v_mine := reclaim.budget_scopes(v_job.app, v_job.approver, v_job.connector);
        v_own := '{}';
        if v_job.unit_at is not null then
            v_own := array(select k from generate_subscripts(v_scopes, 1) as k
                where v_scopes[k] = any (v_mine) and v_job.unit_at > p_now - v_windows[k]
                    and exists (select from reclaim.budget_ledger l where l.scope = v_scopes[k] and l.at = v_job.unit_at));
        end if;
        v_short := null;
        for k in 1 .. cardinality(v_scopes) loop
            if v_scopes[k] = any (v_mine) and (v_latched[k] or v_used[k] - (k = any (v_own))::int >= coalesce(v_max[k], 0)) then
                v_short := k;
                exit;
            end if;
        end loop;
        if v_short is not null then
            v_job.verdict := 'budget';
            v_job.objection := case when v_max[v_short] is null then 'budget=unknown:app_seats_not_known' else 'budget=fail:budget' end;
            v_job.units := json_build_object('budget', p_budgets[v_short], 'used', v_used[v_short], 'max', v_max[v_short]);
            v_held := v_held || v_job;
            if not v_latched[v_short] and v_max[v_short] is not null then
                v_latched[v_short] := true;
                update reclaim.budget set latched_at = p_now where id = p_budgets[v_short];
                perform reclaim.write_event('budget_latched', 'worker', session_user, null, v_scopes[v_short],
                    json_build_object('budget', p_budgets[v_short], 'used', v_used[v_short], 'max', v_max[v_short]));
            end if;
        else
            v_words := '';
            for k in 1 .. cardinality(v_scopes) loop
                if v_scopes[k] = any (v_mine) then
                    v_used[k] := v_used[k] + 1 - (k = any (v_own))::int;
                    v_taken[k] := v_taken[k] + 1;
                    v_words := v_words || ', {"budget" : ' || p_budgets[k] || ', "used" : ' || v_used[k] || ', "max" : ' || v_max[k] || '}';
                end if;
            end loop;
            if v_words <> '' then
                v_job.units := '[' || substr(v_words, 3) || ']';
                v_job.unit_spent := v_job.unit_spent and v_own <> '{}';
                if v_own <> '{}' then
                    v_moved := v_moved || array(select distinct v_scopes[k] from unnest(v_own) as k);
                    v_moved_at := v_moved_at || array_fill(v_job.unit_at, array[cardinality(v_moved) - cardinality(v_moved_at)]);
                end if;
                v_job.unit_at := p_now;
            end if;
        end if;
        p_jobs[n] := v_job;
    end loop;

    insert into reclaim.budget_ledger (scope, at, units)
    select scope, p_now, max(units) from unnest(v_scopes, v_taken) as t (scope, units) where units > 0 group by scope
    union all
    select scope, at, -1 from unnest(v_moved, v_moved_at) as m (scope, at);
    -- What no window reaches any more. Nobody else deletes these: the budgets of a scope are locked together.
    delete from reclaim.budget_ledger l
    using (select b.scope, max(b.window_length) as longest from reclaim.budget b where b.id = any (p_budgets) group by b.scope) as w
    where l.scope = w.scope and l.at <= p_now - w.longest;
    return p_jobs;
end;
$$;
comment on function reclaim.spend_budgets is 'Takes a unit of each budget for jobs that may go, or holds them; part of begin_revokes.';
