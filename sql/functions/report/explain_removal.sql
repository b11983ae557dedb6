-- explain_removal: what the guards would say of an approval for this seat given now by p_approver; for samples and for people
-- who wonder why. Writes nothing.
create or replace function reclaim.explain_removal(p_app text, p_seat text, p_approver text, p_policy text)
returns table (subject text, email text, seat_state text, flag_epoch bigint, guards text[], closed_gates text[], trigger_state text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select s.subject, s.email, s.state, s.flag_epoch,
        reclaim.guard_results(
            jsonb_populate_record(null::reclaim.approval, jsonb_build_object('app', p_app, 'seat', p_seat, 'flag_epoch', s.flag_epoch,
                'subject', s.subject, 'approver', p_approver, 'approved_at', reclaim.clock())),
            s, json_populate_record(null::reclaim.policy, p_policy::json), reclaim.clock()),
        array(select g.scope from reclaim.gate g where g.closed_until > reclaim.clock() order by g.scope),
        (select value from reclaim.setting where name = 'trigger')
    from reclaim.seat s where s.app = p_app and s.seat = p_seat
$$;
comment on function reclaim.explain_removal(text, text, text, text) is
    'What the guards say of removing a seat now, by this approver and policy; writes nothing.';
