-- guard maintenance_window: removals begin only while one of the app's windows is open; policy apps.NAME.windows, by the clock of
-- apps.NAME.time_zone. An app without windows is always open. Outside of them a job waits for the next one.

-- window_opens_at: the first instant from p_from on at which a window is open; p_from itself when one is open then, null when the
-- windows cannot be read. Each is {days: [1 Monday .. 7 Sunday], from, to}; one whose end is not after its start ends on the next day.
create or replace function reclaim.window_opens_at(p_windows jsonb, p_time_zone text, p_from timestamptz)
returns timestamptz language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_today date;
begin
    v_today := (p_from at time zone p_time_zone)::date;
    -- A day back for a window that began yesterday; a week and a day on for one whose only opening today is past.
    return (
        select case when min(o.opens) is not null then greatest(min(o.opens), p_from) end  -- none: null, and not open
        from generate_series(-1, 8) as n, jsonb_to_recordset(p_windows) as w (days int[], "from" time, "to" time),
            lateral (select (v_today + n + w."from") at time zone p_time_zone as opens,
                (v_today + n + (w."to" <= w."from")::int + w."to") at time zone p_time_zone as closes) as o
        where extract(isodow from v_today + n) = any (w.days) and o.closes > p_from);
exception when data_exception then  -- of a time zone, or of a time
    return null;
end;
$$;
comment on function reclaim.window_opens_at is 'When the next maintenance window is open from a time on; null: they cannot be read.';

create or replace function reclaim.guard_maintenance_window(a reclaim.approval, p reclaim.policy, p_now timestamptz)
returns text language sql stable
as $$
    select case
        when (p).apps is null then 'unknown:policy_not_known'
        when (p).apps -> (a).app -> 'windows' is null then 'pass'
        else case reclaim.window_opens_at((p).apps -> (a).app -> 'windows', (p).apps -> (a).app ->> 'time_zone', p_now) <= p_now
            when true then 'pass' when false then 'later:outside_window' else 'unknown:window_not_understood' end end
$$;
comment on function reclaim.guard_maintenance_window is 'Guard: a maintenance window of the app is open; later until then.';

-- earliest_start: when grace and window both allow the removal to begin.
create or replace function reclaim.earliest_start(a reclaim.approval, p reclaim.policy, p_now timestamptz)
returns timestamptz language sql stable
as $$
    select case
        when (p).apps -> (a).app -> 'windows' is null then greatest(reclaim.grace_ends_at(a, p), p_now)
        else reclaim.window_opens_at((p).apps -> (a).app -> 'windows', (p).apps -> (a).app ->> 'time_zone',
            greatest(reclaim.grace_ends_at(a, p), p_now)) end
$$;
comment on function reclaim.earliest_start is 'When grace period and maintenance window let a removal begin; null: the windows cannot be read.';
