-- record_setback: an attempt to remove, or to restore, ended without. What is said of a removal here holds for a restore too. p_kind says how:
--   retry         look again later. At the attempt cap the job fails.
--   free          the vendor asked for a pause or refused our credential: no attempt is charged.
--   still_present the seat cannot be taken directly (inherited): held for a person.
--   refused       the vendor refuses for good: failed.
--   withdrawn     a look showed the seat as held, and a guard objects by now: refused. A call sent earlier may still arrive (a frozen
--                 worker's, or one the vendor has queued): then a compensation case asks a person to look.
--   stopped       a look showed the seat as held, and the app's mode lets nothing be removed by now: held for a person.
-- p_effect_possible: a call that removes was sent, now or in an earlier attempt, and no look could tell what became of it. It
-- decides what the record says, and that a later attempt looks before it acts.
-- p_sent: whether a call that removes may have been sent, now or in an earlier attempt whose end is not on record. Where certainly none
-- was, the job's unit of each budget comes back.
-- p_wait is the back-off (drawn by the worker); null parks the job until its gate is opened. Returns what became of the job:
-- waiting, failed, refused or held; no row when it was lost. What certainly had no effect is judged by the guards again.
create or replace function reclaim.record_setback(p_id bigint, p_fence bigint, p_token uuid, p_kind text,
    p_effect_possible boolean, p_reason_code text, p_reason_text text, p_wait interval, p_waiting_for text, p_attempts_max int,
    p_operation text, p_status int, p_request_id text, p_connector text,
    p_sent boolean default true)
returns setof text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_job reclaim.job;
    v_detail json := json_strip_nulls(json_build_object('connector', p_connector, 'operation', nullif(p_operation, ''),
        'status', nullif(p_status, 0), 'request_id', nullif(p_request_id, '')));
begin
    select * into v_job from reclaim.job j
    where j.id = p_id and j.fence = p_fence and j.claim_token = p_token and j.state = 'revoke' for update;
    if not found then
        return;
    end if;
    update reclaim.job set effect_possible = p_effect_possible, unit_spent = unit_spent or p_sent where id = p_id;
    if not p_sent then
        perform reclaim.return_unit(p_id, p_connector);
    end if;
    if p_kind = 'still_present' then
        perform reclaim.hold_job(p_id, 'still_present', p_reason_code, p_reason_text, 'worker', session_user, v_detail);
        return next 'held';
    elsif p_kind = 'stopped' then
        perform reclaim.hold_job(p_id, 'held', p_reason_code, p_reason_text, 'worker', session_user, v_detail);
        return next 'held';
    elsif p_kind = 'withdrawn' then
        perform reclaim.conclude(p_id, 'refused', 'refused', p_reason_code, p_reason_text, 'worker', session_user, v_detail);
        return next 'refused';
    elsif p_kind = 'refused' or (p_kind = 'retry' and v_job.attempts >= p_attempts_max) then
        perform reclaim.conclude(p_id, 'failed', case v_job.kind when 'restore' then 'restore_failed' else 'revoke_failed' end,
            case when p_effect_possible then 'outcome_unknown' else p_reason_code end, p_reason_text, 'worker', session_user,
            json_build_object('effect_possible', p_effect_possible, 'attempts', v_job.attempts, 'call', v_detail));
        return next 'failed';
    else
        perform reclaim.write_audit(p_id, case when p_effect_possible then 'outcome_unknown' else 'attempt_failed' end, 'worker',
            session_user, p_kind, p_reason_code, p_reason_text, v_detail);
        update reclaim.job set state = case when p_effect_possible then 'revoke' else 'validate' end,
            visible_at = reclaim.due_after(p_waiting_for, p_wait),
            claim_token = null, worker = null, crashes = 0, waiting_for = p_waiting_for, reason = p_reason_code,
            attempts = attempts - (p_kind = 'free')::int
        where id = p_id;
        return next 'waiting';
    end if;
end;
$$;
comment on function reclaim.record_setback is 'An attempt ended without a removal; says what becomes of the job. For workers.';
