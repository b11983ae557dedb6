-- guard last_owner: an app keeps so many of its owners; policy apps.NAME.owners_min. Detection says who they are (report_owners), and where
-- it does not, or has not within activity_age_max, nobody can say. An owner whose removal has begun or is on record is not left, whatever
-- the report says. p_going: how many more are about to go.
create or replace function reclaim.guard_last_owner(p_app text, p_subject text, p_going int, p reclaim.policy, p_now timestamptz) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select case
        when (p).apps -> p_app -> 'owners_min' is null then 'pass'
        when o.app is null or o.reported_at + (p).activity_age_max <= p_now then 'unknown:owners_not_known'
        when lower(p_subject) <> all (o.owners) then 'pass'
        when (select count(*) from unnest(o.owners) as n (name) where name <> lower(p_subject) and not exists (
                select from reclaim.seat s where s.app = p_app and lower(s.subject) = name and (s.state = 'removed' or s.state = 'flagged' and s.removal_job is not null)))
            - p_going < ((p).apps -> p_app ->> 'owners_min')::int then 'fail:last_owner'
        else 'pass' end
    from (values (1)) as one left join reclaim.app_owners o on o.app = p_app
$$;
comment on function reclaim.guard_last_owner is 'Guard: enough owners are left to the app, where the policy wants that.';

-- spare_owners: weighs that guard for jobs that may go, oldest first and each after the last, because what one takes is not left for the
-- next. Rivals for the seat of one that may not have not lost to it: they hear the same.
-- Returns the jobs. Locks: the owners of the apps that must keep some, by app, until commit.
create or replace function reclaim.spare_owners(p_jobs reclaim.judged[], p reclaim.policy, p_now timestamptz) returns reclaim.judged[]
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_apps text[] := array(select key from jsonb_each((p).apps) where value ? 'owners_min');
    v_going jsonb := '{}';  -- app -> owners of it that go in this batch
    v_spared jsonb := '{}';  -- app and seat -> the objection
    v_word text;
    v_subject text;
begin
    if v_apps = '{}' then
        return p_jobs;
    end if;
    perform from (select from reclaim.app_owners where app = any (v_apps) and app in (select j.app from unnest(p_jobs) as j)
        order by app for no key update) as locked;
    for n in 1 .. coalesce(cardinality(p_jobs), 0) loop
        continue when p_jobs[n].app <> all (v_apps) or p_jobs[n].state <> 'validate';
        if p_jobs[n].verdict = 'go' then
            select s.subject into v_subject from reclaim.seat s where s.app = p_jobs[n].app and s.seat = p_jobs[n].seat;
            v_word := reclaim.guard_last_owner(p_jobs[n].app, v_subject, coalesce((v_going ->> p_jobs[n].app)::int, 0), p, p_now);
            p_jobs[n].guards := p_jobs[n].guards || ('last_owner=' || v_word);
            if v_word <> 'pass' then
                p_jobs[n].objection := 'last_owner=' || v_word;
                p_jobs[n].verdict := case when v_word like 'fail:%' then 'refused' else 'unknown' end;
                v_spared := v_spared || jsonb_build_object(jsonb_build_array(p_jobs[n].app, p_jobs[n].seat)::text, v_word);
            elsif exists (select from reclaim.app_owners o where o.app = p_jobs[n].app and lower(v_subject) = any (o.owners)) then
                v_going := v_going || jsonb_build_object(p_jobs[n].app, coalesce((v_going ->> p_jobs[n].app)::int, 0) + 1);
            end if;
        elsif p_jobs[n].verdict = 'superseded' and v_spared ? jsonb_build_array(p_jobs[n].app, p_jobs[n].seat)::text then
            v_word := v_spared ->> jsonb_build_array(p_jobs[n].app, p_jobs[n].seat)::text;
            p_jobs[n].guards := p_jobs[n].guards || ('last_owner=' || v_word);
            p_jobs[n].objection := 'last_owner=' || v_word;
            p_jobs[n].verdict := case when v_word like 'fail:%' then 'refused' else 'unknown' end;
        end if;
    end loop;
    return p_jobs;
end;
$$;
comment on function reclaim.spare_owners is 'Weighs for jobs that may go whether enough owners are left; part of begin_revokes.';
