-- begin_restores: what begin_revokes is for a removal: the guards, and for what passes the intent (event restore_attempted) before any call
-- that gives the seat back. Restores take no budget and no canary's place, and there are few: one at a time, in the order of their ids. In
-- the modes plan and read nothing is given back either: held; one that has begun may look in read.
-- p_possible: whether the connector's recipe can give a seat back.
-- Returns as begin_revokes does, with what the removal saw of the seat before it took it (JSON, null when that is not on record).
-- Locks: jobs and seats, taken before by lock_held_jobs in the same transaction. Raises: RC422 for a policy that names what no guard knows.
create or replace function reclaim.begin_restores(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_connectors text[],
    p_possible boolean[], p_policy text)
returns table (job_id bigint, verdict text, detail text, operation_key text, attempt int, captured text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_policy reclaim.policy := reclaim.read_policy(p_policy);
    v_policy_sha256 text := encode(sha256(convert_to(p_policy, 'UTF8')), 'hex');
    v_now timestamptz := reclaim.clock();
    v_row record;
    v_rival boolean;
    v_guards text[];
    v_objection text;
    v_code text;
    v_mode text;
    v_detail json;
begin
    perform pg_advisory_xact_lock_shared(reclaim.mode_lock());
    for v_row in
        select j.id, j.state, j.event_seq, j.fence, j.attempts, h.connector, h.possible, a, m, s, r, c
        from reclaim.job j
            join unnest(p_ids, p_fences, p_tokens, p_connectors, p_possible) as h (id, fence, token, connector, possible)
                on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
            join reclaim.approval a on a.id = j.id
            join reclaim.approval m on m.id = a.undoes
            left join reclaim.seat s on s.app = a.app and s.seat = a.seat
            left join reclaim.audit r on r.job_id = j.id and r.event_seq = 1
            left join reclaim.audit c on c.job_id = m.id and c.event_type = 'revoke_confirmed'
        where j.state in ('validate', 'revoke') and j.kind = 'restore'
        order by j.id
    loop
        v_rival := exists (select from reclaim.approval o left join reclaim.job oj on oj.id = o.id left join reclaim.job_done od on od.id = o.id
            where o.undoes = (v_row.m).id and o.id <> v_row.id and ('revoke' in (oj.state, oj.held_from)
                or coalesce(od.outcome, oj.outcome) in ('restored', 'partly_restored', 'already_held')));
        v_guards := reclaim.restore_results(v_row.a, v_row.m, v_row.s, v_row.r, v_row.c, v_rival, v_row.possible, v_policy, v_now);
        v_objection := (select g from unnest(v_guards) with ordinality as w (g, n) where g not like '%=pass'
            order by g like '%=later:%', n limit 1);
        v_code := split_part(v_objection, ':', 2);
        v_detail := json_build_object('undoes', (v_row.m).id, 'guards', v_guards, 'policy_sha256', v_policy_sha256);
        v_mode := (select m.mode from reclaim.app_mode m where m.app in ('*', (v_row.a).app) order by m.app = '*' limit 1);
        job_id := v_row.id;
        operation_key := encode(sha256(convert_to('reclaim.restore.v1:' || v_row.id || ':' || (v_row.a).flag_epoch, 'UTF8')), 'hex');
        attempt := v_row.attempts + 1;
        captured := null;
        select g.scope into detail from reclaim.gate g
        where g.closed_until > v_now and g.scope in ('all', 'app:' || (v_row.a).app, 'connector:' || v_row.connector)
        order by g.closed_until desc limit 1;
        if found then
            verdict := 'gate_closed';
        elsif v_mode = 'plan' or v_mode = 'read' and v_row.state = 'validate' then
            verdict := 'held';
            perform reclaim.hold_job(v_row.id, 'held', 'mode_is_' || v_mode, 'mode=stop:mode_is_' || v_mode, 'worker', session_user, v_detail);
        elsif v_row.state = 'revoke' then
            detail := coalesce(case when v_mode = 'read' then 'mode=stop:mode_is_read' end, v_objection);
            verdict := case when detail is null then 'go' else 'look' end;
        elsif v_objection is null then
            verdict := 'go';
        elsif v_objection like '%=unknown:%' then
            verdict := 'held';
            perform reclaim.hold_job(v_row.id, 'held', v_code, v_objection, 'worker', session_user, v_detail);
        elsif v_objection like '%=later:%' then
            verdict := 'later';
            perform reclaim.write_audit(v_row.id, 'deferred', 'worker', session_user, null, v_code, null,
                json_build_object('undoes', (v_row.m).id, 'guards', v_guards, 'policy_sha256', v_policy_sha256,
                    'not_before', (v_row.c).recorded_at + reclaim.calls_outlive()));
            update reclaim.job set visible_at = (v_row.c).recorded_at + reclaim.calls_outlive(), claim_token = null, worker = null,
                crashes = 0, reason = v_code
            where id = v_row.id;
        else
            verdict := 'concluded';
            perform reclaim.conclude(v_row.id, case v_code when 'recipe_has_no_restore' then 'not_possible' else 'refused' end, 'refused', v_code,
                v_objection, 'worker', session_user, v_detail);
        end if;
        if verdict in ('go', 'look') then
            update reclaim.job set state = 'revoke', attempts = attempts + 1, effect_possible = true, event_seq = event_seq + (verdict = 'go')::int,
                reason = case when state = 'revoke' then reason end
            where id = v_row.id;
            captured := (select p.words from reclaim.audit_personal p where p.audit_id = (v_row.c).audit_id);
        end if;
        if verdict = 'go' then
            insert into reclaim.audit (job_id, event_seq, event_type, recorded_at, actor_kind, actor_ref, fence, attempt, operation_key, connector,
                detail)
            values (v_row.id, v_row.event_seq + 1, 'restore_attempted', v_now, 'worker', session_user, v_row.fence, v_row.attempts + 1,
                operation_key, v_row.connector, case when v_row.state = 'validate' then v_detail end);
        end if;
        return next;
    end loop;
end;
$$;
comment on function reclaim.begin_restores is
    'The intent of a restore: weighs its guards and commits it before any call. For workers.';
