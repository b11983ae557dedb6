-- restore_results: every guard's word on the approval of a restore, as guard_results() gives it for a removal. a is the approval, m the
-- removal's, s the seat, r the restore's event received, c the removal's event revoke_confirmed (the record that something was taken),
-- p_rival whether another restore of this removal has begun or succeeded, p_possible whether the connector can give a seat back.
create or replace function reclaim.restore_results(a reclaim.approval, m reclaim.approval, s reclaim.seat, r reclaim.audit, c reclaim.audit,
    p_rival boolean, p_possible boolean, p reclaim.policy, p_now timestamptz)
returns text[] language sql stable
as $$
    select array[
        'removal_on_record=' || case when (c).job_id is null then 'fail:nothing_was_removed' else 'pass' end,
        'same_seat=' || case
            when (m).seat is null or (m).subject is null then 'unknown:subject_erased'
            when ((a).app, (a).seat, (a).subject) is distinct from ((m).app, (m).seat, (m).subject) then 'fail:not_what_was_removed'
            else 'pass' end,
        -- Given back by somebody else and flagged, or removed, again: this approval was given for what is past.
        'seat_as_removed=' || case
            when (s).state is null then 'unknown:seat_not_known'
            when (s).flag_epoch <> (m).flag_epoch then 'fail:flagged_anew'
            when lower((s).subject) <> lower((a).subject) then 'fail:subject_changed'
            when (s).state <> 'removed' and not p_rival then 'fail:not_removed_any_more'
            else 'pass' end,
        'not_restored=' || case when p_rival then 'fail:restored_by_another' else 'pass' end,
        'approval_fresh=' || reclaim.guard_approval_fresh(a, p, p_now),
        'approver_is_not_subject=' || reclaim.guard_approver_is_not_subject(a, s),
        'approver_allowed=' || reclaim.guard_approver_allowed(a, p),
        'approver_is_not_requester=' || reclaim.guard_approver_is_not_requester(a, p),
        'bound_to_content=' || case when ((r).detail ->> 'undoes')::bigint is distinct from (a).undoes then 'fail:approval_changed'
            else reclaim.guard_bound_to_content(a, r) end,
        'restorable=' || case when p_possible then 'pass' else 'fail:recipe_has_no_restore' end,
        'no_call_under_way=' || case when (c).recorded_at + reclaim.calls_outlive() > p_now then 'later:removal_call_may_arrive' else 'pass' end]
$$;
comment on function reclaim.restore_results is 'Every guard''s word on the approval of a restore; part of begin_restores.';
