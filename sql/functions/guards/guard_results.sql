-- guard_results: every guard's word on one approval and seat, as {name, pass | fail:code | unknown:code} pairs in the order
-- they are weighed. A single expression of inlinable functions, so that a batch of jobs is judged inside one plan.
create or replace function reclaim.guard_results(a reclaim.approval, s reclaim.seat, p reclaim.policy, p_now timestamptz)
returns text[] language sql stable
as $$
    select array[
        'still_flagged=' || reclaim.guard_still_flagged(a, s),
        'same_subject=' || reclaim.guard_same_subject(a, s),
        'approval_fresh=' || reclaim.guard_approval_fresh(a, p, p_now),
        'approver_is_not_subject=' || reclaim.guard_approver_is_not_subject(a, s)]
$$;
