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

-- report_owners: who owns or administers this app, by directory id: some of them are left, where the policy wants that. The whole list each
-- time; who is not in it is no owner. It names people, so it is kept outside the log, which says how many they are.
create or replace function reclaim.report_owners(p_app text, p_subjects text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_owners text[] := array(select distinct lower(s) from unnest(p_subjects) as s where s <> '' order by 1);
begin
    if coalesce(p_app, '') = '' or p_subjects is null then
        raise exception 'report_owners needs an app and a list: select reclaim.report_owners(''figma'', array[''00u1ada''])' using errcode = 'RC422';
    end if;
    insert into reclaim.app_owners (app, owners, reported_at)
    values (p_app, v_owners, reclaim.clock())
    on conflict (app) do update set owners = excluded.owners, reported_at = excluded.reported_at;
    perform reclaim.write_event('owners_reported', 'detector', reclaim.application_actor(), null, null,
        json_build_object('owners', cardinality(v_owners)), p_app);
end;
$$;
comment on function reclaim.report_owners(text, text[]) is
    'Who owns or administers an app: select reclaim.report_owners(''figma'', array[''00u1ada'', ''00u2bob'']). The whole list each time.';
