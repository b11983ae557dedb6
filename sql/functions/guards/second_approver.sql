-- guard second_approver: two people agreed, where the policy wants that (second_approver, or apps.NAME.second_approver). The second
-- one's event seconded stands in the log like the acceptance and is the measure, so p_seconds, from seconds_of(), is of those whose name
-- still is what the log commits to. Who approved first, whose seat it is and who asked for it count for nothing, nor does whom
-- the app's list does not name, nor a word that has become too old. Nobody yet is no refusal: the job is held until there is one.
create or replace function reclaim.needs_second(a reclaim.approval, p reclaim.policy)
returns boolean language sql immutable
as $$ select coalesce(((p).apps -> (a).app ->> 'second_approver')::boolean, (p).second_approver) $$;
comment on function reclaim.needs_second is 'Whether the policy wants a second approver for this approval.';

create or replace function reclaim.seconds_of(p_job bigint, p_age_max interval, p_now timestamptz) returns text[]
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select array_agg(lower(n.words)) from reclaim.audit t join reclaim.audit_personal n using (audit_id)
    where t.job_id = p_job and t.event_type = 'seconded' and n.words is not null
        and reclaim.commit_to(n.salts, 'w', array[convert_to(n.words, 'UTF8')]) = substr(t.commitments, length(t.commitments) - 32)
        and (t.detail ->> 'approved_at')::timestamptz + p_age_max > p_now
$$;
comment on function reclaim.seconds_of is 'Who seconded a job, in lower case: of those whose word is in the log and not too old.';

create or replace function reclaim.others(p_names text[], a reclaim.approval, s reclaim.seat) returns text[]
language sql immutable
as $$
    select array_remove(array_remove(array_remove(array_remove(array_remove(array_remove(p_names, lower((a).approver)), lower((a).requester)),
        lower((a).subject)), lower((s).subject)), lower((a).seat)), lower((s).email))
$$;
comment on function reclaim.others is 'Of these names those that are neither approver nor requester nor subject of an approval.';

create or replace function reclaim.guard_second_approver(a reclaim.approval, s reclaim.seat, p_seconds text[], p reclaim.policy)
returns text language sql immutable
as $$
    select case
        when (p).second_approver is null or (p).apps is null then 'unknown:policy_not_known'
        when not reclaim.needs_second(a, p) then 'pass'
        when reclaim.others(p_seconds, a, s) <> '{}' and (p).apps -> (a).app -> 'approvers' is null then 'pass'
        when (p).apps -> (a).app -> 'approvers' ?| reclaim.others(p_seconds, a, s) then 'pass'
        else 'unknown:second_approver_missing' end
$$;
comment on function reclaim.guard_second_approver is 'Guard: two people approved, where the policy wants that; held until then.';
