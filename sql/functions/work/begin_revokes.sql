-- begin_revokes: the point of no return. Under the locks of job and seat every guard is weighed once more, and what passes gets
-- its intent committed (audit revoke_attempted, the seat reserved, a unit of each budget taken) before any call that removes. What
-- fails is concluded here too, with its answer to the requester; what only must wait is parked until it may begin. A job whose earlier
-- call may have had its effect cannot be refused any more; when a guard objects to it now, its attempt may look at the vendor and write
-- down what it sees, but not act.
-- Five steps: judge (reads), spare the last owners (guards/last_owner.sql), apply the modes (mode/apply_modes.sql), spend
-- (budget/spend_budgets.sql), write.
-- Never compiled: reading a whole table of a few budgets counts as so dear with enable_seqscan = off that the compiler would start, for
-- a second, under the locks.
-- Returns one row per job still held. verdict: go, look (the objection in detail), rehearse (look, then record_rehearsal), gate_closed (the
-- scope in detail), later, concluded, held. A job that is not in the answer was lost. Locks: jobs and seats, taken before by lock_held_jobs
-- in the same transaction, then owners, modes, then budgets. Raises: RC422 for a policy that names what no guard knows.
create or replace function reclaim.begin_revokes(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_connectors text[],
    p_policy text)
returns table (job_id bigint, verdict text, detail text, operation_key text, attempt int)
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off set jit = off
as $$
#variable_conflict use_column
declare
    v_policy reclaim.policy := reclaim.read_policy(p_policy);
    v_policy_sha256 text := encode(sha256(convert_to(p_policy, 'UTF8')), 'hex');
    v_now timestamptz := reclaim.clock();
    v_budgets bigint[];
    v_jobs reclaim.judged[];
    v_job reclaim.judged;
    v_detail json;
begin
    with mine as materialized (
        select j.id, j.state, j.event_seq, j.fence, j.attempts, j.unit_at, j.unit_spent, h.connector, a.app, a.seat, a.approver, a.flag_epoch,
            s.removal_job, s.flag_epoch as seat_epoch,
            reclaim.guard_results(a, s, r, exists (select from reclaim.legal_hold l
                where l.name in (lower(a.subject), lower(a.seat), lower(s.subject), lower(s.email)) and l.app in ('*', a.app)),
                case when reclaim.needs_second(a, v_policy) then reclaim.seconds_of(j.id, v_policy.approval_age_max, v_now) end,
                v_policy, v_now) as guards,
            reclaim.guard_numbers(a, s, v_policy, v_now) as numbers,
            reclaim.earliest_start(a, v_policy, v_now) as not_before,
            case when s.unit_cost_minor is not null then json_build_object('minor', s.unit_cost_minor, 'currency', s.currency) end as cost
        from reclaim.job j
            join unnest(p_ids, p_fences, p_tokens, p_connectors) as h (id, fence, token, connector)
                on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
            join reclaim.approval a on a.id = j.id
            left join reclaim.seat s on s.app = a.app and s.seat = a.seat
            left join reclaim.audit r on r.job_id = j.id and r.event_seq = 1
        where j.state in ('validate', 'revoke') and j.kind = 'removal'
    ), judged as materialized (
        select m.*,
            (select g from unnest(m.guards) with ordinality as w (g, n) where g not like '%=pass'
                order by g like '%=later:%', n limit 1) as objection,
            (select g.scope from reclaim.gate g
                where g.closed_until > v_now and g.scope in ('all', 'app:' || m.app, 'connector:' || m.connector)
                order by g.closed_until desc limit 1) as gate
        from mine m
    ), placed as (
        -- Of several approvals for one seat the oldest that may go wins; one that may not has not won.
        select j.*, row_number() over (partition by j.app, j.seat, j.state = 'validate' and j.objection is null and j.gate is null
            order by j.id) as place
        from judged j
    ), decided as (
        select d.*, case
            when d.gate is not null then 'gate_closed'
            when d.state = 'revoke' then case when d.objection is null then 'go' else 'look' end
            when d.removal_job is not null and d.removal_job <> d.id and d.seat_epoch = d.flag_epoch then 'superseded'
            when d.objection like '%=unknown:%' then 'unknown'
            when d.objection like '%=later:%' then 'later'
            when d.objection = 'not_active_again=fail:active_again' then 'cancelled'
            when d.objection is not null then 'refused'
            when d.place > 1 then 'superseded'
            else 'go' end as verdict,
            encode(sha256(convert_to('reclaim.revoke.v1:' || d.id || ':' || d.flag_epoch, 'UTF8')), 'hex') as key
        from placed d
    )
    select array_agg(row(d.id, d.state, d.event_seq, d.fence, d.attempts, d.connector, d.app, d.seat, d.approver, d.flag_epoch, d.unit_at,
        d.unit_spent, d.guards, d.numbers, d.objection, d.gate, d.not_before, d.verdict, d.key,
        null, null, null, null, d.cost)::reclaim.judged order by d.id)
    into v_jobs from decided d;

    v_jobs := reclaim.spare_owners(v_jobs, v_policy, v_now);
    v_jobs := reclaim.apply_modes(v_jobs, v_now);
    v_budgets := reclaim.lock_budgets(v_jobs);
    if v_budgets is not null then
        v_jobs := reclaim.spend_budgets(v_jobs, v_budgets, reclaim.clock());  -- the time after the wait for the lock
    end if;

    with decided as materialized (
        select d.* from unnest(v_jobs) as d where d.verdict in ('go', 'look')
    ), reserved as (
        update reclaim.seat s set removal_job = d.id
        from decided d where d.verdict = 'go' and d.state = 'validate' and s.app = d.app and s.seat = d.seat
    ), placed as (
        insert into reclaim.canary (app, job_id) select d.canary, d.id from decided d where d.canary is not null and d.verdict = 'go'
    ), begun as (
        update reclaim.job j set state = 'revoke', event_seq = j.event_seq + (d.verdict = 'go')::int,
            attempts = j.attempts + 1, effect_possible = true, unit_at = d.unit_at,
                unit_spent = d.unit_spent, reason = case when d.state = 'revoke' then j.reason end
        from decided d where j.id = d.id
    )
    insert into reclaim.audit (job_id, event_seq, event_type, recorded_at, actor_kind, actor_ref, fence, attempt,
        operation_key, connector, detail)
    select d.id, d.event_seq + 1, 'revoke_attempted', v_now, 'worker', session_user, d.fence, d.attempts + 1, d.operation_key, d.connector,
        case when d.state = 'validate' then json_build_object('flag_epoch', d.flag_epoch, 'guards', d.guards, 'numbers', d.numbers,
            'units', d.units, 'policy_sha256', v_policy_sha256, 'mode', coalesce(d.mode, 'live'), 'cost', d.cost) end
    from decided d where d.verdict = 'go';

    foreach v_job in array coalesce(v_jobs, '{}') loop
        job_id := v_job.id;
        verdict := v_job.verdict;
        detail := coalesce(v_job.gate, case when verdict = 'look' then v_job.objection end);
        operation_key := v_job.operation_key;
        attempt := v_job.attempts + 1;
        if verdict not in ('go', 'look', 'gate_closed') then
            v_detail := json_build_object('guards', v_job.guards, 'numbers', v_job.numbers, 'units', v_job.units,
                'not_before', case when verdict = 'later' then v_job.not_before end, 'policy_sha256', v_policy_sha256,
                'mode', coalesce(v_job.mode, 'live'));
        end if;
        if verdict in ('refused', 'superseded', 'cancelled') then
            perform reclaim.conclude(job_id, verdict, verdict,
                case when verdict = 'superseded' then 'another_approval_won' else split_part(v_job.objection, ':', 2) end,
                v_job.objection, 'worker', session_user, v_detail);
            verdict := 'concluded';
        elsif verdict = 'rehearse' then
            perform reclaim.write_audit(job_id, 'rehearsed', 'worker', session_user, null, 'would_look', null, v_detail);
        elsif verdict = 'rehearsed' then
            perform reclaim.hold_job(job_id, 'rehearsed', v_job.would, v_job.objection, 'worker', session_user, v_detail);
            verdict := 'held';
        elsif verdict in ('unknown', 'budget', 'stopped') then
            perform reclaim.hold_job(job_id, 'held', split_part(v_job.objection, ':', 2), v_job.objection, 'worker', session_user, v_detail);
            verdict := 'held';
        elsif verdict = 'later' then
            perform reclaim.write_audit(job_id, 'deferred', 'worker', session_user, null, split_part(v_job.objection, ':', 2), null, v_detail);
            update reclaim.job set visible_at = v_job.not_before, claim_token = null, worker = null, crashes = 0,
                reason = split_part(v_job.objection, ':', 2)
            where id = job_id;
        end if;
        return next;
    end loop;
end;
$$;
comment on function reclaim.begin_revokes is
    'The point of no return: weighs every guard, mode and budget, and commits the intents of what may go. For workers.';
