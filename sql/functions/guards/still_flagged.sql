-- guard still_flagged: the seat is flagged now, and it is the flagging the approver saw. Cleared and flagged again is a new
-- epoch, and the old approval does not count for it.
create or replace function reclaim.guard_still_flagged(a reclaim.approval, s reclaim.seat)
returns text language sql immutable
as $$
    select case
        when (s).state is null then 'unknown:seat_not_known'
        when (a).flag_epoch <> (s).flag_epoch then 'fail:flagged_anew'
        when (s).state = 'removed' then 'fail:already_removed'
        when (s).state <> 'flagged' then 'fail:flag_cleared'
        else 'pass' end
$$;
comment on function reclaim.guard_still_flagged is 'Guard: the seat is still flagged, in the flag epoch the approval names.';
