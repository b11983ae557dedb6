-- guard_numbers: what the guards measured, for the event beside their words: ages in seconds and their limits, instants. Names nobody.
-- Most jobs have the three short ones alone: they are written for every intent there is.
create or replace function reclaim.guard_numbers(a reclaim.approval, s reclaim.seat, p reclaim.policy, p_now timestamptz)
returns json language sql stable
as $$
    select case
        when (s).last_activity_at is null and (p).activity_age_max is null and (p).grace = interval '0' and (p).apps = '{}' then
            json_build_object('seat_epoch', (s).flag_epoch, 'approval_age', extract(epoch from p_now - (a).approved_at)::bigint,
                'approval_age_max', extract(epoch from (p).approval_age_max)::bigint)
        else json_strip_nulls(json_build_object('seat_epoch', (s).flag_epoch,
            'approval_age', extract(epoch from p_now - (a).approved_at)::bigint,
            'approval_age_max', extract(epoch from (p).approval_age_max)::bigint,
            'flagged_at', reclaim.iso((s).flagged_at), 'last_activity_at', reclaim.iso((s).last_activity_at),
            'activity_checked_at', reclaim.iso((s).activity_checked_at), 'activity_age_max', extract(epoch from (p).activity_age_max)::bigint,
            'grace_ends_at', reclaim.iso(reclaim.grace_ends_at(a, p)))) end
$$;
comment on function reclaim.guard_numbers is 'What the guards measured, for the event beside their words.';
