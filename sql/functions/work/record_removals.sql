-- record_removals: the removal, its evidence, the seat's new state, the frozen ticket and the confirmation in one transaction.
-- The caller keeps its lease and goes straight on to the ticket. An empty ticket body means that no ticket is wanted.
-- p_captured: what the look before the removal saw of the seat, as JSON, so that it can be given back; null for nothing. It speaks of a
-- person, so it stands beside the log, and the event commits to it.
-- p_look_afters: how long after the removal the vendor is looked at again for the first time; null for never.
-- Returns the jobs recorded; one that is not in the answer was lost, and its next holder will look at the vendor.
create or replace function reclaim.record_removals(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_outcomes text[],
    p_reasons text[], p_operations text[], p_statuses int[], p_request_ids text[], p_details text[], p_ticket_ids text[],
    p_ticket_bodies text[], p_connectors text[], p_wait_for_ticket interval, p_look_afters interval[] default null,
    p_captured text[] default null)
returns setof bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_compensate bigint;
    v_recorded bigint[];
    v_unflagged bigint[];
begin
    with mine as materialized (
        select h.*, nextval('reclaim.audit_audit_id_seq') as audit_id, case when h.captured is not null then uuid_send(gen_random_uuid()) end as salt,
            j.event_seq, j.attempts, a.app, a.seat, a.flag_epoch,
            s.state = 'active' or s.flag_epoch <> a.flag_epoch as flag_cleared,
            case when h.ticket_body = '' then
                reclaim.confirmation_body(a, 'seat.removal.completed', h.outcome, h.reason, null, v_now) end as confirmation
        from reclaim.job j
            join unnest(p_ids, p_fences, p_tokens, p_outcomes, p_reasons, p_operations, p_statuses, p_request_ids, p_details,
                    p_ticket_ids, p_ticket_bodies, p_connectors, p_look_afters, p_captured)
                as h (id, fence, token, outcome, reason, operation, status, request_id, detail, ticket_id, ticket_body, connector, look_after, captured)
                on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
            join reclaim.approval a on a.id = j.id
            left join reclaim.seat s on s.app = a.app and s.seat = a.seat
        where j.state = 'revoke'
    ), moved as (
        update reclaim.job j set state = 'deliver', outcome = m.outcome, reason = m.reason, event_seq = j.event_seq + 1,
            attempts = 0, crashes = 0, effect_possible = false
        from mine m where j.id = m.id
    ), taken as (
        update reclaim.seat s set state = 'removed', changed_at = v_now
        from mine m where s.app = m.app and s.seat = m.seat and s.removal_job = m.id
    ), journal as (
        insert into reclaim.audit (audit_id, job_id, event_seq, event_type, outcome, reason_code, recorded_at, actor_kind, actor_ref, fence,
            attempt, operation_key, connector, provider_operation, provider_status, provider_request_id, detail, commitments)
        select audit_id, id, event_seq + 1, case outcome when 'already_absent' then 'already_absent' else 'revoke_confirmed' end, outcome,
            reason, v_now, 'worker', session_user, fence, attempts,
            encode(sha256(convert_to('reclaim.revoke.v1:' || id || ':' || flag_epoch, 'UTF8')), 'hex'), connector, operation,
            status, request_id, detail::json, convert_to('w', 'UTF8') || sha256(salt || convert_to(captured, 'UTF8'))
        from mine
    ), kept as (
        insert into reclaim.audit_personal (audit_id, words, salts)
        select audit_id, captured, convert_to('w', 'UTF8') || salt from mine where captured is not null
    ), watched as (
        insert into reclaim.later_look (job_id, removed_at, due_at)
        select id, v_now, v_now + look_after from mine where look_after is not null
    ), messages as (
        insert into reclaim.outbox (message_id, job_id, topic, body, due_at, created_at)
        select ticket_id, id, 'ticket', ticket_body, v_now, v_now from mine where ticket_body <> ''
        union all
        select 'cb_' || replace(gen_random_uuid()::text, '-', ''), id, 'confirmation', confirmation,
            case when ticket_body <> '' then v_now + p_wait_for_ticket else v_now end, v_now
        from mine
    )
    select array_agg(id), array_agg(id) filter (where flag_cleared) into v_recorded, v_unflagged from mine;

    foreach v_compensate in array coalesce(v_unflagged, '{}') loop
        perform reclaim.write_audit(v_compensate, 'compensation_needed', 'system', 'reclaim', null, 'unflagged_after_intent',
            'the flag was cleared after the removal had begun: a person decides whether the seat is given back');
    end loop;
    return query select unnest(v_recorded);
end;
$$;
comment on function reclaim.record_removals is
    'Removals are seen: evidence, seat, ticket and confirmation in one transaction. For workers.';
