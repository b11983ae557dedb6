-- guard grace_period: a removal begins no sooner than so long after its acceptance; until then it can be cancelled. Policy grace,
-- or apps.NAME.grace. Not yet is no refusal: the job waits.
create or replace function reclaim.grace_ends_at(a reclaim.approval, p reclaim.policy)
returns timestamptz language sql stable
as $$ select (a).received_at + coalesce(((p).apps -> (a).app ->> 'grace')::interval, (p).grace) $$;
comment on function reclaim.grace_ends_at is 'When the grace period of an approval is over.';

create or replace function reclaim.guard_grace_period(a reclaim.approval, p reclaim.policy, p_now timestamptz)
returns text language sql stable
as $$
    select case
        when reclaim.grace_ends_at(a, p) > p_now then 'later:grace_period'
        when reclaim.grace_ends_at(a, p) is null then 'unknown:policy_not_known'
        else 'pass' end
$$;
comment on function reclaim.guard_grace_period is 'Guard: the grace period is over; later until then.';
