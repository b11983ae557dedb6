-- record_restores: a look showed that the subject has the seat again: evidence, the seat's new state and the confirmation in one transaction.
-- Outcomes: restored; partly_restored (p_reasons says what is not as it was); already_held (before any call of ours).
-- The removal is looked at no more: that the seat is held is no drift from here.
-- Returns the jobs recorded; one that is not in the answer was lost, and its next holder will look at the vendor.
-- Locks: jobs and seats, taken before by lock_held_jobs in the same transaction, then the removal's later look.
create or replace function reclaim.record_restores(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_outcomes text[], p_reasons text[],
    p_operations text[], p_statuses int[], p_request_ids text[], p_details text[], p_connectors text[])
returns setof bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_row record;
begin
    for v_row in
        select h.*, j.event_seq, j.attempts, a.app, a.seat, a.flag_epoch, a.undoes
        from reclaim.job j
            join unnest(p_ids, p_fences, p_tokens, p_outcomes, p_reasons, p_operations, p_statuses, p_request_ids, p_details, p_connectors)
                as h (id, fence, token, outcome, reason, operation, status, request_id, detail, connector)
                on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
            join reclaim.approval a on a.id = j.id
        where j.state = 'revoke' and j.kind = 'restore'
        order by j.id
    loop
        update reclaim.job set state = 'deliver', outcome = v_row.outcome, reason = v_row.reason, event_seq = event_seq + 1, attempts = 0,
            crashes = 0, effect_possible = false
        where id = v_row.id;
        -- Not where the seat has gone on meanwhile: flagged anew it is another story's.
        update reclaim.seat set state = 'active', flagged_at = null, changed_at = v_now
        where app = v_row.app and seat = v_row.seat and flag_epoch = v_row.flag_epoch and state = 'removed';
        delete from reclaim.later_look where job_id = v_row.undoes;
        insert into reclaim.audit (job_id, event_seq, event_type, outcome, reason_code, recorded_at, actor_kind, actor_ref, fence, attempt,
            operation_key, connector, provider_operation, provider_status, provider_request_id, detail)
        values (v_row.id, v_row.event_seq + 1, 'restored', v_row.outcome, v_row.reason, v_now, 'worker', session_user, v_row.fence, v_row.attempts,
            encode(sha256(convert_to('reclaim.restore.v1:' || v_row.id || ':' || v_row.flag_epoch, 'UTF8')), 'hex'), v_row.connector,
            v_row.operation, v_row.status, v_row.request_id,
            (v_row.detail::jsonb || jsonb_build_object('undoes', v_row.undoes))::json);
        perform reclaim.queue_confirmation(v_row.id, 'seat.restore.completed', v_row.outcome, v_row.reason, v_now);
        return next v_row.id;
    end loop;
end;
$$;
comment on function reclaim.record_restores is 'Records that seats are held again, with the confirmation. For workers.';
