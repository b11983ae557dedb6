-- Dry run: what each mode lets happen, and that nothing of a rehearsal looks like a removal.
\ir support/setup.sql

create function mode_is(p_mode text, p_app text default 'figma', p_max int default null) returns text language sql as $$
    select mode from reclaim.set_mode(p_app, p_mode, 'tests', p_max)
$$;
-- What happened to a job in one line: state, reason, what it has of intent, unit, ticket and record.
create function outcome_of(p_job bigint) returns text language sql as $$
    select format('%s %s%s%s%s%s', j.state, j.reason, case when 'revoke_attempted' = any (t.events(p_job)) then ' intent' end,
        case when j.unit_at is not null then ' unit' end,
        case when exists (select from reclaim.outbox where job_id = p_job and topic = 'ticket') then ' ticket' end,
        case when exists (select from reclaim.reclamation_record where job_id = p_job) then ' record' end)
    from reclaim.job j where j.id = p_job
$$;
create function rehearse(p_job bigint, p_would text default 'would_remove') returns text language sql as $$
    select reclaim.record_rehearsal(id, fence, token, p_would, null, 'GET /users/{subject}', 200, 'req-9', 'okta') from t.lease(p_job)
$$;
create function begun(p_job bigint) returns text language sql as $$ select verdict || coalesce(' ' || detail, '') from t.begin(p_job) $$;

select results_eq('select app, mode from reclaim.modes', $$ values ('*', 'live') $$, 'live after installation: the trigger is what is off then');
select reclaim.set_budget('all', '1 hour', 'tests', 100) \g /dev/null

-- plan
select mode_is('plan') \g /dev/null
select t.job_in('validate') as job \gset
select is(begun(:job), 'held', 'plan: a job that passes every guard is held, and no worker is told to call anybody');
select is(outcome_of(:job), 'held would_remove', 'with what live would do, and without intent, unit, ticket or record');
select is(t.events(:job), '{received,rehearsed}', 'the rehearsal is an event of its own');
select results_eq(format($$ select detail ->> 'mode', detail -> 'guards' ->> 0, (detail #>> '{numbers,seat_epoch}')::int, detail #>> '{units,0,used}',
        length(detail ->> 'policy_sha256') from reclaim.audit where job_id = %s and event_type = 'rehearsed' $$, :job),
    $$ values ('plan', 'still_flagged=pass', 1, '0', 64) $$, 'that says the mode, the guards with their numbers, how the budgets stand, and the policy');
select is((select b ->> 'type' || ' ' || (b #>> '{data,outcome}') || ' ' || (b #>> '{data,reason}') from t.body(:job) as b), 'seat.removal.held held would_remove',
    'the requester is told that it waits, and what would have happened');
select is((select coalesce(sum(units), 0) from reclaim.budget_ledger), 0::bigint, 'no budget is spent');
select is((select removal_job from reclaim.seat where seat = (select seat from reclaim.approval where id = :job)), null, 'nor the seat reserved');

-- A rehearsal decides nothing, so it refuses nothing either.
create function rehearsed_as(p_spoil text) returns text language plpgsql as $$
declare
    v_job bigint := t.job_in('validate');
    v_seat text := (select seat from reclaim.approval where id = v_job);
begin
    execute format(p_spoil, v_seat, v_job);
    perform t.begin(v_job);
    return outcome_of(v_job) || ' ' || (select coalesce(words, '') from reclaim.audit left join reclaim.audit_personal using (audit_id)
        where job_id = v_job and event_type = 'rehearsed');
end;
$$;
select is(rehearsed_as($$ select reclaim.unflag_seat('figma', %L) $$), 'held would_refuse still_flagged=fail:flag_cleared', 'what live would refuse is held with that word');
select is(rehearsed_as($$ select reclaim.report_activity('figma', %L, reclaim.clock() + interval '1 minute') $$), 'held would_cancel not_active_again=fail:active_again',
    'so is what it would cancel');
select is(rehearsed_as($$ select t.claim(), t.begin(t.approve('older-' || %1$L, %1$L)) $$), 'held would_remove ', 'a rehearsed rival for the seat has not won it');
select reclaim.set_budget('app:figma', '1 hour', 'tests', 1) \g /dev/null
select mode_is('live') \g /dev/null
select t.begin(t.job_in('validate')) \g /dev/null
select mode_is('plan') \g /dev/null
select is(rehearsed_as('select 1'), 'held would_hold budget=fail:budget', 'and what would find no unit');
select is((select count(*) from reclaim.audit where event_type = 'budget_latched'), 0::bigint, 'a rehearsal latches nothing');
select reclaim.drop_budget('app:figma', '1 hour', 'tests') \g /dev/null
select reclaim.close_gate('app:figma', 'tests') \g /dev/null
select is(begun(t.job_in('validate')), 'gate_closed app:figma', 'a closed gate stops a rehearsal too');
select reclaim.open_gate('app:figma', 'tests') \g /dev/null

-- Only a person lets it go on, and then the mode of that moment holds.
select t.claim() \g /dev/null
select t.confirm(:job) \g /dev/null
select mode_is('live') \g /dev/null
select t.claim() \g /dev/null
select is(outcome_of(:job) || ' ' || (select visible_at from reclaim.job where id = :job), 'held would_remove infinity', 'going live lets no rehearsed job go');
select throws_ok(format('select reclaim.requeue(%s, %L)', :job, 'why'), 'RC409', null, 'nor does a requeue');
select mode_is('plan') \g /dev/null
select reclaim.release(:job, 'the plan was right') \g /dev/null
select t.claim() \g /dev/null
select is(begun(:job), 'held', 'released while the app is in plan it is rehearsed again');
select mode_is('live') \g /dev/null
select reclaim.release(:job, 'the plan was right') \g /dev/null
select t.claim() \g /dev/null
select is(begun(:job), 'go', 'released while it is live it goes');
select is((select detail ->> 'mode' from reclaim.audit where job_id = :job and event_type = 'revoke_attempted'), 'live', 'and the intent says that it was live');
select t.approve('late', 'late') as late \gset
select mode_is('plan') \g /dev/null
select t.claim() \g /dev/null
select begun(:late), reclaim.unflag_seat('figma', 'late'), mode_is('live') \g /dev/null
select reclaim.release(:late, 'go') \g /dev/null
select t.claim() \g /dev/null
select is(begun(:late), 'concluded', 'guards are weighed again after a rehearsal');

-- Every path.
select mode_is('live') \g /dev/null
select t.job_in('done_failed') as failed \gset
select mode_is('plan') \g /dev/null
select reclaim.requeue_jobs('vendor is back', p_because => 'vendor_fault', p_dry_run => false) \g /dev/null
select t.claim() \g /dev/null
select is(begun(:failed), 'held', 'a requeue, also in bulk, comes by the mode');
select t.by_hand() \g /dev/null
update reclaim.job set state = 'validate', held_from = null, reason = null, visible_at = reclaim.clock() where id = :failed;
select t.claim() \g /dev/null
select is(begun(:failed) || ' ' || cardinality(array_positions(t.events(:failed), 'revoke_attempted')), 'held 1', 'so does what a superuser changes past every trigger');

-- read
select mode_is('read') \g /dev/null
select t.job_in('validate') as job \gset
select is(begun(:job), 'rehearse', 'read: the worker is told to look, and no more');
select is((select state || ' ' || effect_possible from reclaim.job where id = :job), 'validate false', 'nothing has begun');
select is((select count(*) from t.remove(:job)), 0::bigint, 'a worker that removed all the same could not record it');
select is(rehearse(:job), 'held', 'what the look showed ends the rehearsal');
select is(outcome_of(:job), 'held would_remove', 'as a held job, without intent, unit, ticket or record');
select results_eq(format($$ select reason_code, coalesce(detail ->> 'operation', ''), coalesce(detail ->> 'status', '') from reclaim.audit where job_id = %s
        and event_type = 'rehearsed' order by event_seq $$, :job),
    $$ values ('would_look', '', ''), ('would_remove', 'GET /users/{subject}', '200') $$, 'the log has guards and numbers before the look, and the call after it');
select throws_ok(format('select reclaim.record_rehearsal(%s, 1, null, %L, null, null, null, null, null)', :job, 'removed'), 'RC422', null,
    'no rehearsal can end as a removal');
select is(rehearsed_as($$ select reclaim.unflag_seat('figma', %L) $$), 'held would_refuse still_flagged=fail:flag_cleared', 'nobody is looked at whom a guard would refuse');
select t.job_in('validate') as dead \gset
select begun(:dead) \g /dev/null
select fake.advance('16 seconds') \g /dev/null
select t.claim(p_worker => t.worker(2)) \g /dev/null
select is(begun(:dead), 'rehearse', 'a worker that dies over a rehearsal leaves it to the next');
select rehearse(:dead) \g /dev/null

-- What had begun before.
create function begun_under(p_mode text, p_max int default null) returns text language plpgsql as $$
declare
    v_job bigint;
    v_told bigint[];
    v_answer text;
begin
    perform mode_is('live');
    v_job := t.job_in('revoke');
    select b.begun into v_told from reclaim.set_mode('figma', p_mode, 'tests', p_max) as b;
    perform fake.advance('16 seconds');
    perform t.claim();
    v_answer := begun(v_job);
    return (v_job = any (v_told)) || ' ' || v_answer || ' ' || (select state || ' ' || effect_possible from reclaim.job where id = v_job);
end;
$$;
select is(begun_under('plan'), 'true held held true', 'set_mode lists what has begun; in plan it is held before any call, and not forgotten');
select is((select held_from || ' ' || reason from reclaim.job order by id desc limit 1), 'revoke mode_is_plan', 'it goes on from there once it is released');
select is(begun_under('read'), 'true look mode=stop:mode_is_read revoke true', 'in read it may look, not act');
select id as job from reclaim.job order by id desc limit 1 \gset
select is(t.setback(:job, 'stopped', true), 'held', 'and is held when the seat is still there');
select is(outcome_of(:job), 'held vendor_fault intent unit', 'with the effect that is possible, and its unit');
select is(begun_under('canary', 5), 'true go revoke true', 'in a canary it takes a place');
select is(begun_under('canary', 1), 'true go revoke true', 'each canary counts anew');
create function begun_without_place() returns text language plpgsql as $$
declare
    v_job bigint;
begin
    perform mode_is('live');
    v_job := t.job_in('revoke');
    perform mode_is('canary', 'figma', 1);
    perform t.begin(t.job_in('validate'));
    perform fake.advance('16 seconds');
    perform t.claim();
    return begun(v_job);
end;
$$;
select is(begun_without_place(), 'look mode=stop:canary_done', 'without one it may look, not act');

-- canary
select mode_is('canary', 'figma', 2) \g /dev/null
select t.job_in('validate') as a \gset
select t.job_in('validate') as b \gset
select t.job_in('validate') as c \gset
select results_eq(format('select verdict from t.begin(%s, %s, %s)', :a, :b, :c), $$ values ('go'), ('go'), ('held') $$, 'canary: the first go, the next is held');
select is(outcome_of(:c), 'held canary_done', 'because the canary is done, without intent or unit');
select is((select canary_begun || '/' || canary_max from reclaim.modes where app = 'figma'), '2/2', 'modes shows how far it is');
select is((select dry_runs from reclaim.queue_health), 'figma canary 2/2', 'and so does queue_health');
select t.setback(:a, 'retry', false) \g /dev/null
select fake.advance('11 seconds') \g /dev/null
select t.claim() \g /dev/null
select is(begun(:a), 'go', 'a job keeps its place when it begins again');
select reclaim.release(:c, 'more') \g /dev/null
select t.claim() \g /dev/null
select is(begun(:c), 'held', 'a release does not make a place');
select is(rehearsed_as('select 1'), null, 'nothing is rehearsed in a canary');
select mode_is('canary', 'figma', 1), reclaim.release(:c, 'another canary') \g /dev/null
select t.claim() \g /dev/null
select is(begun(:c), 'go', 'another canary does');
select t.approve('rival-1', 'contested') as one \gset
select t.approve('rival-2', 'contested') as two \gset
select t.claim() \g /dev/null
select results_eq(format('select verdict from t.begin(%s, %s)', :one, :two), $$ values ('held'), ('held') $$, 'a rival has not lost its seat to a job without a place');
select mode_is('canary', 'figma', 1), reclaim.set_budget('app:figma', '1 minute', 'tests', 1) \g /dev/null
select mode_is('live') \g /dev/null
select t.begin(t.job_in('validate')) \g /dev/null
select mode_is('canary', 'figma', 1) \g /dev/null
select is(begun(t.job_in('validate')), 'held', 'one that finds no unit is held');
select is((select canary_begun from reclaim.modes where app = 'figma'), 0::bigint, 'and takes no place');
select reclaim.release_budget('app:figma', 'chief', 'tests') \g /dev/null
select reclaim.drop_budget('app:figma', '1 minute', 'tests') \g /dev/null

-- Whose mode holds.
select mode_is('read'), mode_is('plan', '*') \g /dev/null
select is(begun(t.job_in('validate')), 'rehearse', 'an app''s own mode counts before the default');
select t.approve('other', 'other', p_app => 'zoom') as other \gset
select t.claim() \g /dev/null
select is(begun(:other), 'held', 'an app without one follows the default');
select mode_is('default') \g /dev/null
select is(begun(t.job_in('validate')), 'held', 'and again once its own is gone');
select mode_is('canary', '*', 1) \g /dev/null
select t.approve('zoom-1', 'zoom-1', p_app => 'zoom') as other \gset
select t.claim() \g /dev/null
select is(begun(:other) || ' ' || begun(t.job_in('validate')), 'go held', 'a canary of the default counts its apps together');
select throws_ok($$ select reclaim.set_mode('figma', 'default', 'why') $$, 'RC404', null, 'there is no mode of its own to take away');
select throws_ok(format('select reclaim.set_mode(%s)', args), 'RC422', null, 'set_mode is refused with ' || args)
from unnest(array['''figma'', ''dry'', ''why''', '''figma'', null, ''why''', '''*'', ''default'', ''why''', ''''', ''plan'', ''why''', 'null, ''plan'', ''why''',
    '''figma'', ''plan'', ''''', '''figma'', ''canary'', ''why''', '''figma'', ''canary'', ''why'', 0', '''figma'', ''live'', ''why'', 3']) as args;

-- Who did it.
drop role if exists reclaim_test_mia;
create role reclaim_test_mia login in role reclaim_operator;
set session authorization reclaim_test_mia;
set application_name = 'psql';
select seats > 0 as known from reclaim.set_mode('figma', 'read', 'first look') \gset
reset session authorization;
drop role reclaim_test_mia;
select is(:'known'::boolean, true, 'set_mode says whether it knows seats of the app');
select results_eq($$ select mode, set_by, why from reclaim.modes where app = 'figma' $$, $$ values ('read', 'reclaim_test_mia (psql)', 'first look') $$,
    'the record names who set a mode, and why');
select results_eq($$ select outcome, app, actor_ref from reclaim.journal where event_type = 'mode_changed' order by audit_id desc limit 1 $$,
    $$ values ('read', 'figma', 'reclaim_test_mia (psql)') $$, 'as an event of the log');
select is_empty($$ select job_id from reclaim.audit where event_type in ('revoke_attempted', 'deferred') and detail is not null and detail ->> 'mode' is null
    union all select job_id from reclaim.audit where event_type in ('refused', 'held', 'rehearsed', 'superseded') and detail ->> 'guards' is not null
        and detail ->> 'mode' is null $$, 'every judgement in the log says under which mode it was made');

select * from finish();
