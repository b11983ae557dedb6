-- conclude: ends a job's business without an effect (refused, superseded, cancelled, failed, not_possible): audit row, answer to the
-- requester, and the job goes on only to deliver that answer. The caller holds the job's lock and decides the lease.
create or replace function reclaim.conclude(p_job bigint, p_outcome text, p_event text, p_reason_code text, p_reason_text text,
    p_actor_kind text, p_actor_ref text, p_detail json default null)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_effect_possible boolean;
    v_flag_cleared boolean;
    v_kind text;
begin
    perform reclaim.write_audit(p_job, p_event, p_actor_kind, p_actor_ref, p_outcome, p_reason_code, p_reason_text, p_detail);
    update reclaim.job set state = 'deliver', held_from = null, outcome = p_outcome, reason = p_reason_code, attempts = 0,
        crashes = 0, waiting_for = null
    where id = p_job returning effect_possible, kind into v_effect_possible, v_kind;
    perform reclaim.queue_confirmation(p_job, 'seat.' || v_kind || '.' || p_outcome, p_outcome, p_reason_code, reclaim.clock());
    -- The seat is free for another approval, unless a removal of ours may have reached it and no look has shown it as held since.
    update reclaim.seat s
    set removal_job = nullif(s.removal_job, case when not v_effect_possible or p_outcome = 'refused' then p_job end)
    from reclaim.approval a
    where a.id = p_job and s.app = a.app and s.seat = a.seat
    returning s.state = 'active' or s.flag_epoch <> a.flag_epoch into v_flag_cleared;
    if v_kind = 'restore' then
        if v_effect_possible and p_outcome = 'refused' then
            perform reclaim.write_audit(p_job, 'compensation_needed', 'system', 'reclaim', null, 'refused_after_intent',
                'a call that gives the seat back was sent while that was allowed, and may still arrive: look, and take it back if needed');
        end if;
    elsif v_effect_possible and (v_flag_cleared or p_outcome = 'refused') then
        perform reclaim.write_audit(p_job, 'compensation_needed', 'system', 'reclaim', null,
            case when v_flag_cleared then 'unflagged_after_intent' else 'refused_after_intent' end,
            'a call that removes was sent while the removal was allowed, and may still arrive: look, and restore if needed');
    end if;
end;
$$;
comment on function reclaim.conclude is 'Ends a job without a removal: event, outcome, answer to the requester.';
