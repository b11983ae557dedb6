-- explain_removal: what the guards would say of an approval for this seat given now by p_approver, what they measured, the app's mode, how
-- the budgets stand (those of p_connector too, where it is named) and what the requester would be told; for samples and for people who
-- wonder why. Writes nothing.
create or replace function reclaim.explain_removal(p_app text, p_seat text, p_approver text, p_policy text, p_connector text default null)
returns table (subject text, email text, seat_state text, flag_epoch bigint, guards text[], closed_gates text[], trigger_state text,
    numbers json, mode text, budgets json, confirmation text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.subject, s.email, s.state, s.flag_epoch,
        reclaim.guard_results(a, s, r, exists (select from reclaim.legal_hold l
            where l.name in (lower(s.subject), lower(s.seat), lower(s.email)) and l.app in ('*', p_app)),
            null, p, reclaim.clock()) || ('last_owner=' || reclaim.guard_last_owner(s.app, s.subject, 0, p, reclaim.clock())),
        array(select g.scope from reclaim.gate g where g.closed_until > reclaim.clock() order by g.scope),
        (select value from reclaim.setting where name = 'trigger'),
        reclaim.guard_numbers(a, s, p, reclaim.clock()),
        (select m.mode from reclaim.app_mode m where m.app in ('*', p_app) order by m.app = '*' limit 1),
        (reclaim.budget_outlook(jsonb_populate_record(null::reclaim.judged, jsonb_build_object('app', p_app, 'approver', p_approver,
            'connector', p_connector)), reclaim.clock())).units,
        reclaim.confirmation_body(a, 'seat.removal.completed', 'removed', null, null, reclaim.clock())
    from reclaim.seat s
        cross join lateral reclaim.read_policy(p_policy) as p
        cross join lateral jsonb_populate_record(null::reclaim.approval, jsonb_build_object('id', 0, 'approval_ref', 'sample', 'app', p_app,
            'seat', p_seat, 'flag_epoch', s.flag_epoch, 'subject', s.subject, 'approver', p_approver, 'approved_at', reclaim.clock(),
            'received_at', reclaim.clock(), 'salts', '\x' || repeat('00', 51))) as a
        -- Accepted just as it is given here.
        cross join lateral jsonb_populate_record(null::reclaim.audit, jsonb_build_object('event_type', 'received', 'app', a.app,
            'flag_epoch', a.flag_epoch, 'approved_at', a.approved_at,
            'commitments', reclaim.commit_to(convert_to('s', 'UTF8') || substr(a.salts, 2, 16) || convert_to('u', 'UTF8') || substr(a.salts, 2, 16)
                || convert_to('a', 'UTF8') || substr(a.salts, 2, 16), 'sua',
                array[convert_to(a.seat, 'UTF8'), convert_to(a.subject, 'UTF8'), convert_to(a.approver, 'UTF8')]))) as r
    where s.app = p_app and s.seat = p_seat
$$;
comment on function reclaim.explain_removal(text, text, text, text, text) is
    'What the guards say of removing a seat now, by this approver and policy, with mode and budgets; writes nothing.';
