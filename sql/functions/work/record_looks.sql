-- record_looks: what looks at removed seats have shown. p_seens says it for each:
--   gone      still gone (event verified_absent). p_wait: how long after the removal the next look is due; null, it was the last one.
--   back      the subject has the seat again, and nobody restored it here (event drift_found). Nothing is repaired, and nobody looks on:
--             that is a person's case.
--   unread    no answer that tells. The same look is due again after p_wait.
--   given_up  the same, once too often (event look_failed): it waits in unproven_removals until look_again().
--   put_off   the vendor was not asked, or asked for a pause: due again after p_wait, and no try is counted.
-- p_comment: drift is told by a comment on the removal's ticket too.
-- A removal whose job is kept no more (job_done is dropped by policy) has no story to add to, and is looked at no more.
-- Returns the jobs recorded; one that is not in the answer was claimed by somebody else meanwhile.
-- Locks: jobs, open and ended, by id, then their looks. In a transaction of its own: seats are never locked after them.
create or replace function reclaim.record_looks(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_seens text[], p_reasons text[],
    p_waits interval[], p_operations text[], p_statuses int[], p_request_ids text[], p_details text[], p_connectors text[],
    p_comment boolean default false)
returns setof bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_recorded bigint[];
    v_drifted bigint[];
begin
    perform from (select from reclaim.job where id = any (p_ids) order by id for update) as open;
    perform from (select from reclaim.job_done where id = any (p_ids) order by id for update) as ended;
    with mine as materialized (
        select h.id, h.fence, h.token, h.operation, h.status, h.request_id, h.detail, h.connector,
            case when r.begun then 'put_off' else h.seen end as seen, case when r.begun then 'restore_begun' else h.reason end as reason,
            case when r.begun then interval '1 hour' else h.wait end as wait, l.removed_at, l.looks, a.flag_epoch, coalesce(j.event_seq, d.event_seq) as event_seq
        from reclaim.later_look l
            join unnest(p_ids, p_fences, p_tokens, p_seens, p_reasons, p_waits, p_operations, p_statuses, p_request_ids, p_details,
                    p_connectors)
                as h (id, fence, token, seen, reason, wait, operation, status, request_id, detail, connector)
                on l.job_id = h.id and l.fence = h.fence and l.claim_token = h.token
            join reclaim.approval a on a.id = l.job_id
            left join reclaim.job j on j.id = h.id
            left join reclaim.job_done d on d.id = h.id
            -- Given back by us just now: the end of the restore tells, not this look.
            cross join lateral (select h.seen = 'back' and exists (select from reclaim.approval ra join reclaim.job rj on rj.id = ra.id
                where ra.undoes = h.id and 'revoke' in (rj.state, rj.held_from)) as begun) as r
    ), told as materialized (
        select m.*, case seen when 'gone' then 'verified_absent' when 'back' then 'drift_found' else 'look_failed' end as event_type
        from mine m where seen in ('gone', 'back', 'given_up') and event_seq is not null
    ), journal as (
        insert into reclaim.audit (job_id, event_seq, event_type, outcome, reason_code, recorded_at, actor_kind, actor_ref, attempt,
            operation_key, connector, provider_operation, provider_status, provider_request_id, detail)
        select id, event_seq + 1, event_type, case seen when 'gone' then 'ok' when 'back' then 'drift' else 'unknown' end, reason, v_now,
            'worker', session_user, looks + 1, encode(sha256(convert_to('reclaim.revoke.v1:' || id || ':' || flag_epoch, 'UTF8')), 'hex'),
            connector, operation, nullif(status, 0), request_id, detail::json
        from told
    ), counted as (
        update reclaim.job j set event_seq = j.event_seq + 1 from told where j.id = told.id
    ), counted_done as (
        update reclaim.job_done d set event_seq = d.event_seq + 1 from told where d.id = told.id
    ), ended as (
        delete from reclaim.later_look l using mine m
        where l.job_id = m.id and (m.seen = 'back' or m.seen = 'gone' and m.wait is null or m.event_seq is null)
    ), moved as (
        update reclaim.later_look l set claim_token = null,
            looks = l.looks + (m.seen = 'gone')::int,
            tries = case m.seen when 'gone' then 0 when 'put_off' then l.tries else l.tries + 1 end,
            due_at = case m.seen when 'gone' then m.removed_at + m.wait when 'given_up' then 'infinity' else v_now + m.wait end,
            unread_since = case when m.seen <> 'gone' then coalesce(l.unread_since, v_now) end,
            why = case when m.seen <> 'gone' then m.reason end
        from mine m where l.job_id = m.id and m.event_seq is not null and (m.seen in ('unread', 'given_up', 'put_off')
            or m.seen = 'gone' and m.wait is not null)
    )
    select array_agg(id), array_agg(id) filter (where seen = 'back' and event_seq is not null) into v_recorded, v_drifted from mine;
    if p_comment then
        perform reclaim.comment_on_drift(v_drifted);
    end if;
    return query select unnest(v_recorded);
end;
$$;
comment on function reclaim.record_looks is 'What later looks at removed seats have shown. For workers.';
