-- report_activity: detection looked at this seat and saw it last used then (null: never). Activity after the flagging ends a removal
-- that has not begun as cancelled, active_again, when its job is next judged. It never moves back: an older report only counts as a look.
-- Returns: whether the seat is known. Locks: the seat row.
create or replace function reclaim.report_activity(p_app text, p_seat text, p_last_activity_at timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update reclaim.seat set last_activity_at = greatest(last_activity_at, p_last_activity_at), activity_checked_at = reclaim.clock()
    where app = p_app and seat = p_seat;
    return found;
end;
$$;
comment on function reclaim.report_activity(text, text, timestamptz) is
    'A seat was last used then: select reclaim.report_activity(''figma'', ''ada@example.com'', now()). Used since it was flagged, it is kept.';

-- report_app_seats: detection counted so many assigned seats in this app: what a budget in percent is percent of.
create or replace function reclaim.report_app_seats(p_app text, p_assigned int) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    insert into reclaim.app_seats (app, assigned, reported_at) values (p_app, p_assigned, reclaim.clock())
    on conflict (app) do update set assigned = excluded.assigned, reported_at = excluded.reported_at
$$;
comment on function reclaim.report_app_seats(text, int) is
    'An app has so many assigned seats: select reclaim.report_app_seats(''figma'', 240). Budgets in percent need it weekly.';
