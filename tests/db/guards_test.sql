-- The guards that policy and tables steer: each passes, fails and is unknown, on what begin_revokes makes of it.
\ir support/setup.sql
select t.by_hand() \g /dev/null
-- Spoiled approvals are made by changing good ones, and events are lost, which nobody may outside a test.
alter table reclaim.approval disable trigger append_only;
alter table reclaim.audit disable trigger append_only;
alter table reclaim.audit_personal disable trigger append_only;

create table policy_now (policy jsonb);
insert into policy_now values ('{}');
create or replace function t.policy() returns text language sql stable as $$
    select ('{"approval_age_max": "720 hours"}'::jsonb || policy)::text from policy_now
$$;
create function figma(p_rules jsonb) returns jsonb language sql as $$ select jsonb_build_object('apps', jsonb_build_object('figma', p_rules)) $$;

-- One case: the policy, what the approval says, what is done to it before its removal may begin (%1$L the seat, %2$s the job), the guard's
-- word, and what becomes of the job.
create table weighed (guard text, policy jsonb, facts jsonb, how text, word text, became text);
insert into weighed values
    ('approver_allowed', figma('{"approvers": ["Boss", "chief"]}'), '{}', null, 'pass', 'revoke:'),
    ('approver_allowed', '{"apps": {"slack": {"approvers": ["chief"]}}}', '{}', null, 'pass', 'revoke:'),
    ('approver_allowed', figma('{"approvers": ["chief"]}'), '{}', null, 'fail:approver_not_allowed', 'deliver:refused'),
    ('approver_allowed', figma('{"approvers": []}'), '{}', null, 'fail:approver_not_allowed', 'deliver:refused'),
    ('approver_allowed', figma('{"approvers": ["boss"]}'), '{}', $$ update reclaim.approval set approver = null where id = %2$s returning 1 $$,
        'unknown:approver_not_known', 'held:'),

    ('approver_is_not_requester', '{}', '{"requester": null}', null, 'pass', 'revoke:'),
    ('approver_is_not_requester', '{}', '{"requester": "BOSS"}', null, 'fail:approver_is_requester', 'deliver:refused'),
    ('approver_is_not_requester', '{"approver_and_requester": "differ"}', '{"requester": "BOSS"}', null, 'fail:approver_is_requester', 'deliver:refused'),
    ('approver_is_not_requester', '{"approver_and_requester": "may_be_same"}', '{"requester": "boss"}', null, 'pass', 'revoke:'),
    ('approver_is_not_requester', '{"approver_and_requester": "differ"}', '{}', null, 'pass', 'revoke:'),
    ('approver_is_not_requester', '{"approver_and_requester": "differ"}', '{"requester": null}', null, 'unknown:requester_not_known', 'held:'),
    ('approver_is_not_requester', '{"approver_and_requester": "misspelled"}', '{}', null, 'unknown:policy_not_known', 'held:'),

    ('not_protected', '{"protected_subjects": ["root", "svc-*", "user_of_%"]}', '{}', null, 'pass', 'revoke:'),
    ('not_protected', '{"protected_subjects": ["USER-of-*"]}', '{}', null, 'fail:protected_subject', 'deliver:refused'),
    ('not_protected', '{"protected_subjects": ["*@example.com"]}', '{}', null, 'fail:protected_subject', 'deliver:refused'),
    ('not_protected', '{"protected_subjects": ["seat-*"]}', '{}', null, 'fail:protected_subject', 'deliver:refused'),
    ('not_protected', '{"protected_subjects": ["*@board.example"]}', '{}', $$ update reclaim.seat set email = null where seat = %1$L returning 1 $$,
        'unknown:email_not_known', 'held:'),

    ('not_protected', '{"protected_attributes": ["Executive"]}', '{}', $$ select reclaim.flag_seat('figma', %1$L, 'user-of-' || %1$L, p_attributes => '{staff}') $$,
        'pass', 'revoke:'),
    ('not_protected', '{"protected_attributes": ["Executive"]}', '{}', $$ select reclaim.flag_seat('figma', %1$L, 'user-of-' || %1$L, p_attributes => '{staff,EXECUTIVE}') $$,
        'fail:protected_subject', 'deliver:refused'),
    ('not_protected', '{"protected_attributes": ["executive"]}', '{}', null, 'unknown:attributes_not_known', 'held:'),

    ('second_approver', '{}', '{}', null, 'pass', 'revoke:'),
    ('second_approver', '{"second_approver": true}', '{}', null, 'unknown:second_approver_missing', 'held:'),
    ('second_approver', figma('{"second_approver": false}') || '{"second_approver": true}', '{}', null, 'pass', 'revoke:'),
    ('second_approver', figma('{"second_approver": true}'), '{}', $$ select reclaim.second(%2$s, 'Chief') $$, 'pass', 'revoke:'),
    ('second_approver', figma('{"second_approver": true, "approvers": ["boss", "chief"]}'), '{}', $$ select reclaim.second(%2$s, 'Chief') $$, 'pass', 'revoke:'),
    ('second_approver', figma('{"second_approver": true, "approvers": ["boss", "chief"]}'), '{}', $$ select reclaim.second(%2$s, 'somebody') $$,
        'unknown:second_approver_missing', 'held:'),
    ('second_approver', figma('{"second_approver": true}'), '{}', $$ select reclaim.second(%2$s, 'RITA') $$, 'unknown:second_approver_missing', 'held:'),
    ('second_approver', figma('{"second_approver": true}'), '{}', $$ select reclaim.second(%2$s, 'User-of-' || %1$L) $$, 'unknown:second_approver_missing', 'held:'),
    ('second_approver', figma('{"second_approver": true}'), '{}', $$ select reclaim.second(%2$s, %1$L || '@example.com') $$, 'unknown:second_approver_missing', 'held:'),
    ('second_approver', figma('{"second_approver": true}') || '{"approval_age_max": "1 hour"}', '{}', $$ select reclaim.second_job(%2$s, 'chief', reclaim.clock() - interval '1 hour', 'sender', 'portal') $$,
        'unknown:second_approver_missing', 'held:'),
    ('second_approver', figma('{"second_approver": true}'), '{}', $$ with n as (select reclaim.second(%2$s, 'rita')) select from n $$, 'unknown:second_approver_missing', 'held:'),
    ('second_approver', '{"second_approver": null}', '{}', null, 'unknown:policy_not_known', 'held:'),

    ('last_owner', figma('{"owners_min": 1}'), '{}', $$ select reclaim.report_owners('figma', '{User-Of-x,other}') $$, 'pass', 'revoke:'),
    ('last_owner', figma('{"owners_min": 1}'), '{}', $$ select reclaim.report_owners('figma', array['user-of-' || %1$L, 'other']) $$, 'pass', 'revoke:'),
    ('last_owner', figma('{"owners_min": 2}'), '{}', $$ select reclaim.report_owners('figma', array['USER-of-' || %1$L, 'other']) $$, 'fail:last_owner', 'deliver:refused'),
    ('last_owner', figma('{"owners_min": 1}'), '{}', $$ select reclaim.report_owners('figma', array['user-of-' || %1$L]) $$, 'fail:last_owner', 'deliver:refused'),
    ('last_owner', figma('{"owners_min": 1}') || '{"activity_age_max": "10 seconds"}', '{}', $$ select reclaim.report_owners('figma', '{other}'), fake.advance('10 seconds'),
        reclaim.report_activity('figma', %1$L, null) $$, 'unknown:owners_not_known', 'held:'),

    ('no_legal_hold', '{}', '{}', $$ select reclaim.place_legal_hold('user-of-' || %1$L, 'case 1', 'slack') $$, 'pass', 'revoke:'),
    ('no_legal_hold', '{}', '{}', $$ select reclaim.place_legal_hold('user-of-' || %1$L, 'case 1', 'figma') $$, 'fail:legal_hold', 'deliver:refused'),
    ('no_legal_hold', '{}', '{}', $$ select reclaim.place_legal_hold(upper(%1$L), 'case 2') $$, 'fail:legal_hold', 'deliver:refused'),
    ('no_legal_hold', '{}', '{}', $$ select reclaim.place_legal_hold(%1$L || '@example.com', 'case 3') $$, 'fail:legal_hold', 'deliver:refused'),
    ('no_legal_hold', '{}', '{}', $$ select l from reclaim.place_legal_hold(%1$L, 'case 4') as p,
        lateral (select reclaim.lift_legal_hold(%1$L, 'closed') where p.seats = 1) as l $$, 'pass', 'revoke:'),
    ('no_legal_hold', '{}', '{}', $$ delete from reclaim.seat where seat = %1$L returning 1 $$, 'unknown:seat_not_known', 'held:'),

    ('not_active_again', '{"activity_age_max": "1 day"}', '{}', null, 'pass', 'revoke:'),
    ('not_active_again', '{}', '{}', $$ select reclaim.report_activity('figma', %1$L, reclaim.clock() - interval '1 day') $$, 'pass', 'revoke:'),
    ('not_active_again', '{}', '{}', $$ select reclaim.report_activity('figma', %1$L, reclaim.clock() + interval '1 second') $$, 'fail:active_again', 'deliver:cancelled'),
    ('not_active_again', '{}', '{}', $$ select reclaim.flag_seat('figma', %1$L, 'user-of-' || %1$L, p_last_activity_at => reclaim.clock() + interval '1 second') $$,
        'fail:active_again', 'deliver:cancelled'),
    ('not_active_again', '{"activity_age_max": "10 seconds"}', '{}', $$ select fake.advance('10 seconds') $$, 'unknown:activity_not_known', 'held:'),
    ('not_active_again', '{"activity_age_max": "10 seconds"}', '{}', $$ select fake.advance('10 seconds'), reclaim.report_activity('figma', %1$L, null) $$,
        'pass', 'revoke:'),

    ('bound_to_content', '{}', '{"requester": null}', null, 'pass', 'revoke:'),
    ('bound_to_content', '{}', '{}', $$ with s as (update reclaim.seat set subject = 'somebody' where seat = %1$L)
        update reclaim.approval set subject = 'somebody' where id = %2$s returning 1 $$, 'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{}', $$ with s as (update reclaim.seat set seat = 'other-' || seat where seat = %1$L)
        update reclaim.approval set seat = 'other-' || seat where id = %2$s returning 1 $$, 'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{}', $$ with s as (update reclaim.seat set app = 'slack' where seat = %1$L)
        update reclaim.approval set app = 'slack' where id = %2$s returning 1 $$, 'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{}', $$ with s as (update reclaim.seat set flag_epoch = 7 where seat = %1$L)
        update reclaim.approval set flag_epoch = 7 where id = %2$s returning 1 $$, 'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{}', $$ update reclaim.approval set approver = 'chief' where id = %2$s returning 1 $$, 'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{}', $$ update reclaim.approval set requester = 'ron' where id = %2$s returning 1 $$, 'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{}', $$ update reclaim.approval set requester = null where id = %2$s returning 1 $$, 'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{"requester": null}', $$ update reclaim.approval set requester = 'ron' where id = %2$s returning 1 $$, 'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{}', $$ update reclaim.approval set expires_at = null where id = %2$s returning 1 $$, 'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{}', $$ update reclaim.approval set approved_at = approved_at - interval '1 second' where id = %2$s returning 1 $$,
        'fail:approval_changed', 'deliver:refused'),
    ('bound_to_content', '{}', '{}', $$ update reclaim.approval set salts = reclaim.without_salts(salts, 'suar') where id = %2$s returning 1 $$,
        'unknown:acceptance_not_on_record', 'held:'),
    ('bound_to_content', '{}', '{}', $$ update reclaim.audit set event_type = 'requeued' where job_id = %2$s returning 1 $$,
        'unknown:acceptance_not_on_record', 'held:'),

    ('grace_period', '{"grace": "1 hour", "apps": {"figma": {"grace": "0 seconds"}}}', '{}', null, 'pass', 'revoke:'),
    ('grace_period', '{"grace": "1 hour"}', '{}', null, 'later:grace_period', 'validate:'),
    ('grace_period', figma('{"grace": "1 hour"}'), '{}', null, 'later:grace_period', 'validate:'),
    ('grace_period', '{"grace": null}', '{}', null, 'unknown:policy_not_known', 'held:'),
    -- It is a Tuesday, 12:00 UTC.
    ('maintenance_window', figma('{"windows": [{"days": [2], "from": "11:00", "to": "12:01"}], "time_zone": "UTC"}'), '{}', null, 'pass', 'revoke:'),
    ('maintenance_window', figma('{"windows": [{"days": [2], "from": "11:00", "to": "12:00"}], "time_zone": "UTC"}'), '{}', null, 'later:outside_window', 'validate:'),
    ('maintenance_window', '{"apps": {"slack": {"windows": [{"days": [1], "from": "11:00", "to": "12:00"}], "time_zone": "UTC"}}}', '{}', null, 'pass', 'revoke:'),
    ('maintenance_window', figma('{"windows": [{"days": [2], "from": "11:00", "to": "13:00"}], "time_zone": "No/Where"}'), '{}', null,
        'unknown:window_not_understood', 'held:'),
    ('maintenance_window', figma('{"windows": [{"days": [2], "from": "11:00", "to": "13:00"}]}'), '{}', null, 'unknown:window_not_understood', 'held:');

create function weigh(p weighed) returns setof text language plpgsql as $$
declare
    v_seat text := 'seat-' || nextval('t.number');
    v_job bigint := t.approve(v_seat, v_seat, p.facts);
    v_what text := regexp_replace(format('%s says %s to %s %s %s', p.guard, p.word, p.policy, p.facts, coalesce(p.how, '')), '\s+', ' ', 'g');
    v_reason text := nullif(split_part(p.word, ':', 2), '');
begin
    update policy_now set policy = p.policy;
    perform t.claim();
    if p.how is not null then
        execute format(p.how, v_seat, v_job);
    end if;
    perform t.begin(v_job);
    return next is((select state || ':' || coalesce(outcome, '') from reclaim.job where id = v_job), p.became, v_what);
    return next is((select g from reclaim.audit t, json_array_elements_text(t.detail -> 'guards') as g where t.job_id = v_job and g like p.guard || '=%'),
        p.guard || '=' || p.word, v_what || ': the event says so');
    if v_reason is not null and p.guard || p.word <> 'no_legal_holdunknown:seat_not_known' then
        return next is((select reason from reclaim.job where id = v_job), v_reason, v_what || ': and it is the reason');
    end if;
    if p.became like 'deliver:%' then
        return next is((select (b #>> '{data,outcome}') || ' ' || (b #>> '{data,reason}') from t.body(v_job) as b),
            split_part(p.became, ':', 2) || ' ' || v_reason, v_what || ': and the requester is told');
    end if;
    return next is('revoke_attempted' = any (t.events(v_job)), p.became = 'revoke:', v_what || ': an intent is there only where all pass');
    update policy_now set policy = '{}';
end;
$$;
select line from weighed w, weigh(w) as line;

-- Every file of guards has its cases, here or in begin_revokes_test.sql.
select set_eq($$ select regexp_replace(proname, '^guard_', '') from pg_proc where pronamespace = 'reclaim'::regnamespace
    and proname ~ '^guard_' and proname not in ('guard_results', 'guard_numbers') $$,
    $$ select guard from weighed where word <> 'pass' union select unnest('{still_flagged,same_subject,approval_fresh,approver_is_not_subject}'::text[]) $$,
    'every guard there is has been made to object');
select is_empty($$ select guard from weighed group by guard having not (bool_or(word = 'pass') and (bool_or(word ~ '^(fail|later)') or guard = 'second_approver') and bool_or(word ~ '^unknown')) $$,
    'each of these passes, objects and does not know; that nobody has seconded yet is never a no');

-- An approval that was written past the receiver was never accepted.
insert into reclaim.approval (id, source, approval_ref, delivery_id, key_id, received_at, app, seat, flag_epoch, subject, approver, approved_at, salts)
select 999999, 'portal', 'forged', 'forged', 'key-1', reclaim.clock(), 'figma', 'forged', t.flag('forged'), 'user-of-forged', 'boss', reclaim.clock(),
    repeat('s', 51)::bytea;
insert into reclaim.job (id, state, visible_at, event_seq, created_at) values (999999, 'validate', reclaim.clock(), 0, reclaim.clock());
select t.claim() \g /dev/null
select is((select verdict from t.begin(999999)), 'held', 'an approval inserted by raw SQL removes nothing: a person looks');

create function begin_and_see(p_job bigint) returns text language plpgsql as $$
declare
    v_verdict text := (select verdict from t.begin(p_job));
begin
    return (select concat_ws(' ', v_verdict, outcome, reason) from reclaim.job where id = p_job);
end;
$$;

-- Guards are weighed again wherever a job comes from.
select t.job_in('parked') as parked \gset
select reclaim.place_legal_hold(seat, 'case 5') from reclaim.approval where id = :parked \g /dev/null
select reclaim.release(:parked, 'go on') \g /dev/null
select t.claim() \g /dev/null
select is(begin_and_see(:parked), 'concluded refused legal_hold', 'a released job is weighed again');
select t.job_in('done_failed') as failed \gset
select reclaim.report_activity('figma', seat, reclaim.clock() + interval '1 second') from reclaim.approval where id = :failed \g /dev/null
select reclaim.requeue(:failed, 'again') \g /dev/null
select t.claim() \g /dev/null
select is(begin_and_see(:failed), 'concluded cancelled active_again', 'a requeued job is weighed again');

-- Begun, and then objected to: only a look.
select t.job_in('revoke') as begun \gset
select t.setback(:begun, 'retry', true) \g /dev/null
select fake.advance('10 seconds') \g /dev/null
select t.claim() \g /dev/null
update policy_now set policy = figma('{"windows": [{"days": [2], "from": "11:00", "to": "12:00"}], "time_zone": "UTC"}');
select results_eq(format('select verdict, detail from t.begin(%s)', :begun), $$ values ('look', 'maintenance_window=later:outside_window') $$,
    'a removal that has begun may look outside its window, but not act');
update policy_now set policy = '{}';

-- Waiting: not before, and cancelled at any time.
update policy_now set policy = '{"grace": "2 hours"}';
select t.approve('G1', 'g1') as waiting \gset
select t.claim() \g /dev/null
select is((select verdict from t.begin(:waiting)), 'later', 'in its grace period a job waits');
select is(t.events(:waiting), '{received,deferred}', 'and that is on record');
select is((select detail ->> 'not_before' from reclaim.audit where job_id = :waiting and event_type = 'deferred')::timestamptz,
    reclaim.clock() + interval '2 hours', 'with the time it waits for');
select is((select reason || ', ' || next from reclaim.jobs where job_id = :waiting), 'grace_period, due at ' || to_char(reclaim.clock() + interval '2 hours', 'YYYY-MM-DD HH24:MI:SSOF'),
    'people see it');
select fake.advance('1 hour 59 minutes 59 seconds') \g /dev/null
select is_empty(format('select id from t.claim() as id where id = %s', :waiting), 'nobody claims it before its time');
select fake.advance('1 second') \g /dev/null
select ok(:waiting in (select t.claim()), 'then it is due');
select is((select verdict from t.begin(:waiting)), 'go', 'and goes');
select is((select reason from reclaim.job where id = :waiting), null, 'and what it waited for is no longer its reason');
select t.approve('G2', 'g2') as waiting \gset
select t.claim() \g /dev/null
select t.begin(:waiting) \g /dev/null
select is(reclaim.cancel(:waiting, 'still needed'), 'cancelled', 'in its grace period a job can be cancelled');
select t.approve('G3', 'g3') as waiting \gset
select t.claim() \g /dev/null
select t.begin(:waiting) \g /dev/null
select reclaim.report_activity('figma', 'g3', reclaim.clock() + interval '1 minute') \g /dev/null
select fake.advance('2 hours') \g /dev/null
select t.claim() \g /dev/null
select is(begin_and_see(:waiting), 'concluded cancelled active_again',
    'who comes back in the grace period keeps the seat');
update policy_now set policy = '{}';

-- Windows, by the clock of their time zone.
create function opens(p_windows jsonb, p_from text, p_zone text default 'Europe/Berlin') returns text language sql as $$
    select to_char(reclaim.window_opens_at(p_windows, p_zone, p_from::timestamptz) at time zone 'UTC', 'Dy YYYY-MM-DD HH24:MI')
$$;
select is(opens('[{"days": [1], "from": "20:00", "to": "06:00"}]', '2030-01-15 04:59Z'), 'Tue 2030-01-15 04:59', 'one that began yesterday is open until its end');
select is(opens('[{"days": [1], "from": "20:00", "to": "06:00"}]', '2030-01-15 05:00Z'), 'Mon 2030-01-21 19:00', 'at its end it is closed, until next week');
select is(opens('[{"days": [2], "from": "12:00", "to": "13:00"}]', '2030-01-15 12:30Z'), 'Tue 2030-01-22 11:00', 'past today it opens in a week');
select is(opens('[{"days": [5], "from": "08:00", "to": "09:00"}, {"days": [3, 4], "from": "22:00", "to": "23:00"}]', '2030-01-15 12:00Z'),
    'Wed 2030-01-16 21:00', 'the next of several counts');
select is(opens('[{"days": [7], "from": "04:00", "to": "05:00"}]', '2030-03-30 12:00Z'), 'Sun 2030-03-31 02:00', 'after the clocks went forward it is an hour earlier in UTC');
select is(opens('[{"days": [1,2,3,4,5,6,7], "from": "00:00", "to": "00:00"}]', '2030-01-15 12:34Z'), 'Tue 2030-01-15 12:34', 'from midnight to midnight is all day');
select is(opens('[{"days": [2], "from": "25:00", "to": "26:00"}]', '2030-01-15 12:34Z'), null, 'no time of day: nobody can say');
select is(reclaim.earliest_start(jsonb_populate_record(null::reclaim.approval, '{"app": "figma", "received_at": "2030-01-15 12:00Z"}'), reclaim.read_policy(
    figma('{"grace": "8 hours", "windows": [{"days": [2, 3], "from": "18:00", "to": "19:00"}], "time_zone": "UTC"}')::text), '2030-01-15 12:00Z'),
    '2030-01-16 18:00Z'::timestamptz, 'a window that opens within the grace period is of no use');

-- Two approvers, whichever comes first: the job or the second word.
update policy_now set policy = '{"second_approver": true}';
select t.approve('T1', 't1') as two \gset
select t.claim() \g /dev/null
select is(begin_and_see(:two), 'held second_approver_missing', 'without a second approver a job is held');
select is((select array_agg(b ->> 'type') from t.body(:two) as b), '{seat.removal.held}', 'and the requester hears of it');
select throws_ok(format('select reclaim.second(%s, ''Boss'')', :two), 'RC409', format('job %s was approved by the same person', :two), 'the approver is no second one');
select throws_ok(format('select reclaim.second(%s, '''')', :two), 'RC422', null, 'nobody is none either');
select is((select verdict || ' ' || job_id from t.accept_all(t.webhook('T1', p_event => 'seat.removal.seconded', p_delivery => 'second-1', p_facts => '{"approver": "BOSS"}'))),
    'too_late ' || :two, 'nor by webhook');
select is((select verdict from t.accept_all(t.webhook('T1', p_event => 'seat.removal.seconded', p_delivery => 'second-2', p_facts => '{"approver": "chief"}'))),
    'seconded', 'a second approver is heard by webhook');
select is((select verdict from t.accept_all(t.webhook('T1', p_event => 'seat.removal.seconded', p_delivery => 'second-2', p_facts => '{"approver": "chief"}'))),
    'duplicate', 'once');
select results_eq(format($$ select actor_ref, reason_text from reclaim.journal where job_id = %s and event_type = 'seconded' $$, :two), $$ values ('portal', 'chief') $$,
    'the journal says who it was and who said so');
select is((select count(*) from reclaim.audit where event_type = 'seconded' and detail::text ~ 'chief'), 0::bigint, 'the log itself names nobody');
select t.claim() \g /dev/null
select is(begin_and_see(:two), 'go', 'and the job goes on by itself');
select throws_ok(format('select reclaim.second(%s, ''third'')', :two), 'RC409', null, 'what has begun cannot be seconded');
select is((select verdict from t.accept_all(t.webhook('T9', p_event => 'seat.removal.seconded', p_delivery => 'second-9', p_facts => '{"approver": "chief"}'))),
    'not_found', 'a second word that overtakes its approval is not found');
select t.approve('T9', 't9') as two \gset
select is((select verdict from t.accept_all(t.webhook('T9', p_event => 'seat.removal.seconded', p_delivery => 'second-9', p_facts => '{"approver": "chief"}'))),
    'seconded', 'and is heard when it is sent again');
select t.claim() \g /dev/null
update reclaim.audit_personal set words = 'mallory' where words = 'chief' and audit_id = (select max(audit_id) from reclaim.audit where event_type = 'seconded');
select is(begin_and_see(:two), 'held second_approver_missing', 'a name that the log does not commit to counts for nothing');
select t.approve('T3', 't3') as held \gset
select reclaim.hold(:held, 'wait') \g /dev/null
select reclaim.second(:held, 'chief') \g /dev/null
select is((select state from reclaim.job where id = :held), 'held', 'what an operator held stays held');
update policy_now set policy = '{}';

-- Owners are counted one after the other.
update policy_now set policy = figma('{"owners_min": 1}');
select t.approve('W' || n, 'w' || n) from generate_series(1, 3) as n \g /dev/null
select reclaim.report_owners('figma', array['user-of-w1', 'user-of-w2', 'User-of-w3', 'USER-of-w3', '']) \g /dev/null
select t.claim() \g /dev/null
select is((select array_agg(b.verdict order by b.job_id) from t.begin(variadic array(select id from reclaim.approval where approval_ref ~ '^W\d')) as b), '{go,go,concluded}',
    'of three owners in one batch the last one stays');
select results_eq($$ select detail::jsonb, app from reclaim.audit where event_type = 'owners_reported' order by audit_id desc limit 1 $$,
    $$ values ('{"owners": 3}'::jsonb, 'figma') $$, 'the log says how many owners were reported, and names none');
select is((select guards[array_upper(guards, 1)] from reclaim.explain_removal('figma', 'w3', 'boss', t.policy())), 'last_owner=fail:last_owner', 'people are told, too');
select reclaim.report_owners('figma', '{user-of-w1,user-of-w3}') \g /dev/null
select is((select guards[array_upper(guards, 1)] from reclaim.explain_removal('figma', 'w3', 'boss', t.policy())), 'last_owner=fail:last_owner', 'one whose removal has begun is not left');
update reclaim.seat set state = 'active' where seat = 'w1';
select is((select guards[array_upper(guards, 1)] from reclaim.explain_removal('figma', 'w3', 'boss', t.policy())), 'last_owner=pass', 'one who was given back is');
select throws_ok($$ select reclaim.report_owners('figma', null) $$, 'RC422', null, 'no list is no report');
update policy_now set policy = '{}';

-- The policy is read strictly.
select throws_ok($$ select reclaim.read_policy('{"apps": {"figma": {"aprovers": []}}}') $$, 'RC422', 'the policy says figma.aprovers, which no guard knows',
    'a misspelled rule of an app is refused');
select throws_ok($$ select reclaim.read_policy('{"grace": "soon"}') $$, '22007', null, 'so is what is no interval');

-- Legal holds, by people.
select throws_ok($$ select reclaim.place_legal_hold('ada', '') $$, 'RC422', null, 'a legal hold needs a reason');
select throws_ok($$ select reclaim.lift_legal_hold('nobody-here', 'x') $$, 'RC404', null, 'one that is not there cannot be lifted');
select t.flag('h1'), t.flag('h2'), reclaim.flag_seat('slack', 'h1', 'user-of-h1') \g /dev/null
select t.job_in('revoke') as begun \gset
select is((select seats from reclaim.place_legal_hold('User-of-h1', 'case 9')), 2::bigint, 'who places one hears how many seats it covers');
select is((select begun from reclaim.place_legal_hold('revoke-' || (select last_value from t.number), 'case 10')), array[:begun]::bigint[],
    'and which removals had begun');
select throws_ok($$ select reclaim.place_legal_hold('user-of-H1', 'again') $$, 'RC409', null, 'one name is held once');
select results_eq($$ select name, app, why from reclaim.legal_holds where name = 'user-of-h1' $$, $$ values ('user-of-h1', '*', 'case 9') $$, 'people see holds with their reason');
select results_eq($$ select subject, reason_text from reclaim.journal where event_type = 'legal_hold_placed' order by audit_id desc limit 1 offset 1 $$,
    $$ values ('user-of-h1', 'case 9') $$, 'and the journal tells who was held and why');
select is((select count(*) from reclaim.audit where event_type like 'legal_hold%' and detail::text ~ 'user-of'), 0::bigint, 'while the log itself names nobody');
select throws_ok($$ select reclaim.erase_identity('subject', 'user-of-h1', 'request 1') $$, 'RC409', 'a legal hold is on this person: nothing about them may be erased',
    'nobody under a legal hold is erased');
select throws_ok($$ select reclaim.erase_identity('subject', 'h1', 'request 1') $$, 'RC409', null, 'under whichever of their names');

select * from finish();
