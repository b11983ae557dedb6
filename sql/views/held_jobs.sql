-- held_jobs: every held job, who or what holds it, and the statements that let it go on or end it, to copy and run. What an
-- explanation names has to be mended first, or the job is held again: every guard is weighed anew.
create or replace view reclaim.held_jobs as
select j.id as job_id, a.app, a.seat, a.approver, j.reason, p.words as explanation, h.recorded_at as held_at, coalesce(h.actor_ref, p.actor) as held_by,
    case
        when b.scope is not null and j.reason = 'budget' then
            format('select * from reclaim.release_budget(%L, ''your directory id'', ''why'');', b.scope)
        when j.reason = 'second_approver_missing' then format('select reclaim.second(%s, ''who agrees'');', j.id)
        when j.reason = 'owners_not_known' then format('select reclaim.report_owners(%L, array[WHO]); ', a.app) || r.release
        when j.reason = 'app_seats_not_known' then format('select reclaim.report_app_seats(%L, HOW_MANY); ', a.app) || r.release
        when j.reason ~ '^(would_|mode_is_|canary_done$)' and m.mode <> 'live' then
            format('select * from reclaim.set_mode(%L, ''live'', ''why''); ', a.app) || r.release
        else r.release end as release_with,
    case when not (j.held_from = 'revoke' and j.effect_possible) then format('select reclaim.cancel(%s, ''why'');', j.id) end as cancel_with
from reclaim.job j
    join reclaim.approval a on a.id = j.id
    cross join lateral (select format('select reclaim.release(%s, ''why'');', j.id) as release) as r
    left join lateral (select t.audit_id, t.recorded_at, t.actor_ref, t.detail from reclaim.audit t where t.job_id = j.id
        and t.event_type in ('held', 'quarantined', 'still_present', 'rehearsed') order by t.event_seq desc limit 1) as h on true
    left join reclaim.audit_personal p on p.audit_id = h.audit_id
    left join reclaim.budget b on j.reason = 'budget' and b.id = (h.detail #>> '{units,budget}')::bigint
    left join lateral (select w.mode from reclaim.app_mode w where w.app in ('*', a.app) order by w.app = '*' limit 1) as m on true
where j.state = 'held';
comment on view reclaim.held_jobs is 'Every held job: since when, by whom, why, and the statements that release or cancel it, to copy.';
