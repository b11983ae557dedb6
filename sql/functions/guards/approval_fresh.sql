-- guard approval_fresh: an approval acts on what was true when it was given, so it goes stale: at its own expiry, and at the
-- policy's greatest age whatever it says itself. A policy without one is no leave to remove: it may be a misspelled name.
create or replace function reclaim.guard_approval_fresh(a reclaim.approval, p reclaim.policy, p_now timestamptz)
returns text language sql stable
as $$
    select case
        when (a).expires_at <= p_now then 'fail:approval_expired'
        when (a).approved_at + (p).approval_age_max <= p_now then 'fail:approval_too_old'
        when (a).approved_at > p_now + interval '5 minutes' then 'fail:approved_in_the_future'
        when (p).approval_age_max is null then 'unknown:policy_has_no_greatest_age'
        else 'pass' end
$$;
comment on function reclaim.guard_approval_fresh is 'Guard: the approval is not expired, not too old and not from the future.';
