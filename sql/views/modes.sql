-- modes: how far removals of each app may go; * is for every app without a line of its own.
create or replace view reclaim.modes as
select m.app, m.mode, m.canary_max, case when m.mode = 'canary' then (select count(*) from reclaim.canary c where c.app = m.app) end as canary_begun,
    m.set_at, j.actor_ref as set_by, j.reason_text as why
from reclaim.app_mode m
    left join lateral (select j.actor_ref, j.reason_text from reclaim.journal j
        where j.event_type = 'mode_changed' and j.recorded_at >= m.set_at and j.app = m.app order by j.audit_id desc limit 1) as j on true;
comment on view reclaim.modes is 'How far removals of an app may go: plan, read, canary, live; * is for every app without a line of its own.';
