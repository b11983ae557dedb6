-- begin_revokes: the point of no return. Under the locks of job and seat every guard is weighed once more, and what passes gets
-- its intent committed (audit revoke_attempted, the seat reserved) before any call that removes. What fails is concluded
-- here too, with its answer to the requester. A job whose earlier call may have had its effect cannot be refused any more; when a
-- guard objects to it now, its attempt may look at the vendor and write down what it sees, but not act.
-- Returns one row per job still held. verdict: go, look (the objection in detail), gate_closed (the scope in detail), concluded,
-- held. A job that is not in the answer was lost. Locks: taken before by lock_held_jobs in the same transaction.
create or replace function reclaim.begin_revokes(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_connectors text[],
    p_policy text)
returns table (job_id bigint, verdict text, detail text, operation_key text, attempt int)
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
#variable_conflict use_column
declare
    v_now timestamptz := reclaim.clock();
    v_policy reclaim.policy := json_populate_record(null::reclaim.policy, p_policy::json);
    v_policy_sha256 text := encode(sha256(convert_to(p_policy, 'UTF8')), 'hex');
    v_row record;
begin
    for v_row in
        with mine as materialized (
            select j.id, j.state, j.event_seq, j.fence, j.attempts, h.connector, a.app, a.seat, a.flag_epoch,
                s.removal_job, s.flag_epoch as seat_epoch,
                reclaim.guard_results(a, s, v_policy, v_now) as guards
            from reclaim.job j
                join unnest(p_ids, p_fences, p_tokens, p_connectors) as h (id, fence, token, connector)
                    on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
                join reclaim.approval a on a.id = j.id
                left join reclaim.seat s on s.app = a.app and s.seat = a.seat
            where j.state in ('validate', 'revoke')
        ), judged as materialized (
            select m.*,
                (select g from unnest(m.guards) as g where g not like '%=pass' limit 1) as objection,
                (select g.scope from reclaim.gate g
                    where g.closed_until > v_now and g.scope in ('all', 'app:' || m.app, 'connector:' || m.connector)
                    order by g.closed_until desc limit 1) as gate
            from mine m
        ), placed as (
            -- Of several approvals for one seat the oldest that may go wins; one that may not has not won.
            select j.*, row_number() over (partition by j.app, j.seat, j.state = 'validate' and j.objection is null and j.gate is null
                order by j.id) as place
            from judged j
        ), decided as materialized (
            select d.*, case
                when d.gate is not null then 'gate_closed'
                when d.state = 'revoke' then case when d.objection is null then 'go' else 'look' end
                when d.removal_job is not null and d.removal_job <> d.id and d.seat_epoch = d.flag_epoch then 'superseded'
                when d.objection like '%=unknown:%' then 'unknown'
                when d.objection is not null then 'refused'
                when d.place > 1 then 'superseded'
                else 'go' end as verdict,
                encode(sha256(convert_to('reclaim.revoke.v1:' || d.id || ':' || d.flag_epoch, 'UTF8')), 'hex') as key
            from placed d
        ), reserved as (
            update reclaim.seat s set removal_job = d.id
            from decided d where d.verdict = 'go' and d.state = 'validate' and s.app = d.app and s.seat = d.seat
        ), begun as (
            update reclaim.job j set state = 'revoke', event_seq = j.event_seq + (d.verdict = 'go')::int,
                attempts = j.attempts + 1, effect_possible = true
            from decided d where d.verdict in ('go', 'look') and j.id = d.id
        ), journal as (
            insert into reclaim.audit (job_id, event_seq, event_type, recorded_at, actor_kind, actor_ref, fence, attempt,
                operation_key, connector, detail)
            select d.id, d.event_seq + 1, 'revoke_attempted', v_now, 'worker', session_user, d.fence, d.attempts + 1, d.key, d.connector,
                case when d.state = 'validate' then json_build_object('flag_epoch', d.flag_epoch, 'guards', d.guards,
                    'policy_sha256', v_policy_sha256) end
            from decided d where d.verdict = 'go'
        )
        select d.id, d.verdict, d.objection, d.guards, d.gate, d.key, d.attempts + 1 as attempt from decided d order by d.id
    loop
        job_id := v_row.id;
        verdict := v_row.verdict;
        detail := coalesce(v_row.gate, case when verdict = 'look' then v_row.objection end);
        operation_key := v_row.key;
        attempt := v_row.attempt;
        if verdict in ('refused', 'superseded') then
            perform reclaim.conclude(job_id, verdict, verdict,
                case when verdict = 'superseded' then 'another_approval_won' else split_part(v_row.objection, ':', 2) end,
                v_row.objection, 'worker', session_user,
                json_build_object('guards', v_row.guards, 'policy_sha256', v_policy_sha256));
            verdict := 'concluded';
        elsif verdict = 'unknown' then
            perform reclaim.hold_job(job_id, 'held', split_part(v_row.objection, ':', 2), v_row.objection, 'worker', session_user,
                json_build_object('guards', v_row.guards, 'policy_sha256', v_policy_sha256));
            verdict := 'held';
        end if;
        return next;
    end loop;
end;
$$;
