-- legal_holds: whom or what nothing may be removed from, with who placed it and why, as long as that is not erased.
create or replace view reclaim.legal_holds as
select h.name, h.app, h.placed_at, j.actor_ref as placed_by, j.reason_text as why
from reclaim.legal_hold h
    left join lateral (select j.actor_ref, j.reason_text from reclaim.journal j
        where j.event_type = 'legal_hold_placed' and j.recorded_at = h.placed_at and j.subject = h.name and j.app = h.app limit 1) as j on true;
comment on view reclaim.legal_holds is 'Legal holds: whom or what nothing may be removed from.';
