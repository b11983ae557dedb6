-- guard_results: every guard's word on one approval and seat, as {name=answer} in the order they are weighed; an answer is pass,
-- fail:code, unknown:code or later:code. r is the job's event received, p_held whether a legal hold names the seat, p_seconds who seconded it. A single expression
-- of inlinable functions, so that a batch of jobs is judged inside one plan.
create or replace function reclaim.guard_results(a reclaim.approval, s reclaim.seat, r reclaim.audit, p_held boolean, p_seconds text[], p reclaim.policy,
    p_now timestamptz)
returns text[] language sql stable
as $$
    select array[
        'still_flagged=' || reclaim.guard_still_flagged(a, s),
        'same_subject=' || reclaim.guard_same_subject(a, s),
        'approval_fresh=' || reclaim.guard_approval_fresh(a, p, p_now),
        'approver_is_not_subject=' || reclaim.guard_approver_is_not_subject(a, s),
        'approver_allowed=' || reclaim.guard_approver_allowed(a, p),
        'approver_is_not_requester=' || reclaim.guard_approver_is_not_requester(a, p),
        'second_approver=' || reclaim.guard_second_approver(a, s, p_seconds, p),
        'not_protected=' || reclaim.guard_not_protected(a, s, p),
        'no_legal_hold=' || reclaim.guard_no_legal_hold(s, p_held),
        'not_active_again=' || reclaim.guard_not_active_again(s, p, p_now),
        'bound_to_content=' || reclaim.guard_bound_to_content(a, r),
        'grace_period=' || reclaim.guard_grace_period(a, p, p_now),
        'maintenance_window=' || reclaim.guard_maintenance_window(a, p, p_now)]
$$;
comment on function reclaim.guard_results is 'Every guards word on one approval and seat: pass, fail, unknown or later.';
