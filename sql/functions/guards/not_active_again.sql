-- guard not_active_again: the seat was not used since it was flagged; who came back keeps it. Detection says so by report_activity() or
-- with the flag. Policy activity_age_max: how long ago somebody must have looked, the flagging itself counting as a look.
create or replace function reclaim.guard_not_active_again(s reclaim.seat, p reclaim.policy, p_now timestamptz)
returns text language sql stable
as $$
    select case
        when (s).state is null then 'unknown:seat_not_known'
        when (s).last_activity_at > (s).flagged_at then 'fail:active_again'
        when greatest((s).flagged_at, (s).activity_checked_at) + (p).activity_age_max <= p_now then 'unknown:activity_not_known'
        else 'pass' end
$$;
comment on function reclaim.guard_not_active_again is
    'Guard: the seat was not used since it was flagged, and detection has looked recently.';
