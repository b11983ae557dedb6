-- restore: a removed seat is given back once, by an approval of its own, and never while a call of its removal may still arrive.
\ir support/setup.sql

-- A removed seat; p_captured is what the look before the removal saw of it.
create function removed(p_seat text, p_captured text default '{"role": "editor"}') returns bigint language plpgsql as $$
declare
    v_job bigint := t.approve('A-' || p_seat, p_seat);
begin
    perform t.claim();
    perform t.begin(v_job);
    perform reclaim.record_removals(array[id], array[fence], array[token], '{removed}', '{null}', '{DELETE}', '{204}', '{r}', '{"{}"}',
        '{null}', array[''], '{okta}', '1 minute', array[interval '1 hour'], array[p_captured]) from t.lease(v_job);
    perform t.confirm(v_job);
    return v_job;
end;
$$;
-- The restore of a removal that may begin, claimed.
create function restore_of(p_removal bigint, p_approver text default 'chief') returns bigint language plpgsql as $$
declare
    v_job bigint := reclaim.restore(p_removal, p_approver, 'it is needed');
begin
    perform fake.advance(reclaim.calls_outlive());
    perform t.claim();
    return v_job;
end;
$$;
create function restoring_webhook(p_ref text, p_removal_ref text, p_seat text, p_facts jsonb default '{}') returns t.webhook language sql as $$
    select t.webhook(p_ref, p_seat, jsonb_build_object('flag_epoch', null, 'approver', 'chief', 'removal_approval_id', p_removal_ref) || p_facts,
        p_event => 'seat.restore.approved')
$$;
create function seat_of(p_seat text) returns text language sql as $$ select state from reclaim.seat where seat = p_seat $$;
create function tell(p_job bigint) returns json language sql as $$ select b -> 'data' from t.body(p_job) as b limit 1 $$;

-- What the removal saw is kept where it can be erased, and proven.
select removed('ada') as ada \gset
select results_eq(format($$ select p.words, t.commitments = convert_to('w', 'UTF8') || sha256(reclaim.salt_of(p.salts, 'w') || convert_to(p.words, 'UTF8')), t::text like '%%editor%%'
    from reclaim.audit t join reclaim.audit_personal p using (audit_id) where t.job_id = %s and t.event_type = 'revoke_confirmed' $$, :ada),
    $$ values ('{"role": "editor"}', true, false) $$, 'what the look saw of the seat stands beside the log, and the event of the removal commits to it');

-- From the function to the end.
select reclaim.restore(:ada, 'chief', 'Ada is back') as job \gset
select results_eq(format($$ select kind, undoes, state, app, seat, subject, approver, source from reclaim.jobs where job_id = %s $$, :job),
    format($$ values ('restore', %s::bigint, 'validate', 'figma', 'ada', 'user-of-ada', 'chief', 'portal') $$, :ada), 'a restore is a job of its own that names what it undoes');
select results_eq(format($$ select event_type, actor_kind, actor_ref, requester = session_user, (detail ->> 'undoes')::bigint from reclaim.journal where job_id = %s $$, :job),
    format($$ values ('received', 'system', 'reclaim.restore', true, %s::bigint) $$, :ada), 'with its approval on record, and who asked for it');
select t.claim() \g /dev/null
select is((select kind from reclaim.job where id = :job), 'restore', 'workers are told what it is');
select is((select count(*) from t.begin(:job)), 0::bigint, 'begin_revokes does not touch it');
select is((select verdict from t.begin_restore(:job)), 'later', 'it does not begin while a call of the removal may still arrive');
select is((select visible_at - reclaim.clock() from reclaim.job where id = :job), reclaim.calls_outlive(), 'but as soon as the last such call is dead, counted from the record');
select is((t.events(:job))[2], 'deferred', 'which the log says');
select fake.advance(reclaim.calls_outlive() - interval '1 second') \g /dev/null
select is_empty('select t.claim()', 'not a second before');
select fake.advance('1 second') \g /dev/null
select is((select t.claim()), :job::bigint, 'then it does');
select results_eq(format($$ select verdict, detail, attempt, captured, operation_key = encode(sha256(convert_to('reclaim.restore.v1:%s:1', 'UTF8')), 'hex') from t.begin_restore(%1$s) $$, :job),
    $$ values ('go', null::text, 1, '{"role": "editor"}', true) $$, 'and its worker learns what the seat was like, and a key of its own');
select results_eq(format($$ select state, effect_possible, unit_at is null from reclaim.job where id = %s $$, :job), $$ values ('revoke', true, true) $$,
    'the intent is committed before any call, and takes no budget');
select results_eq(format($$ select event_type, (detail ->> 'undoes')::bigint, detail -> 'guards' ->> 0, attempt from reclaim.audit where job_id = %s order by event_seq desc limit 1 $$, :job),
    format($$ values ('restore_attempted', %s::bigint, 'removal_on_record=pass', 1) $$, :ada), 'with every guard''s word');
select is((select state from reclaim.jobs where job_id = :job), 'restore', 'people see it at work');
select is(t.restored(:job), :job::bigint, 'what a look showed is recorded');
select results_eq(format($$ select state, outcome, effect_possible, attempts from reclaim.job where id = %s $$, :job), $$ values ('deliver', 'restored', false, 0) $$, 'once');
select is((select count(*) from t.restored(:job)), 0::bigint, 'and not twice');
select is(seat_of('ada'), 'active', 'the seat is in use again');
select is_empty(format('select from reclaim.later_look where job_id = %s', :ada), 'and nobody looks for its absence any more');
select results_eq(format($$ select b ->> 'type', b #>> '{data,outcome}', b #>> '{data,approver}' from t.body(%s) as b $$, :job),
    $$ values ('seat.restore.completed', 'restored', 'chief') $$, 'the requester is told');
select t.confirm(:job) \g /dev/null
select is(t.state(:job), 'done:restored', 'that ends it');
select is((select kind from reclaim.job_done where id = :job), 'restore', 'as what it was');
select is(t.events(:job), '{received,deferred,restore_attempted,restored,requester_confirmed}', 'its story is whole');
select is((select outcome from reclaim.job_done where id = :ada), 'removed', 'the removal stays what it was');

-- Once.
select restore_of(:ada) as again \gset
select is((select verdict from t.begin_restore(:again)), 'concluded', 'a second restore of the same removal');
select is((tell(:again)) ->> 'reason', 'restored_by_another', 'is refused');
select is(t.events(:again), '{received,refused}', 'on record');
select removed('twin') as twin \gset
select reclaim.restore(:twin, 'chief', 'a') as one \gset
select reclaim.restore(:twin, 'chief', 'b') as two \gset
select fake.advance(reclaim.calls_outlive()) \g /dev/null
select t.claim() \g /dev/null
select is((select verdict from t.begin_restore(:one)) || ' ' || (select verdict from t.begin_restore(:two)), 'go concluded', 'of two at once one begins');
select t.setback(:one, 'refused') \g /dev/null
select t.confirm(:one) \g /dev/null
select restore_of(:twin) as three \gset
select is((select verdict from t.begin_restore(:three)), 'go', 'one that failed leaves room for another');

-- Two sessions.
select removed('race') as race \gset
select reclaim.restore(:race, 'chief', 'a') as r1 \gset
select reclaim.restore(:race, 'chief', 'b') as r2 \gset
select fake.advance(reclaim.calls_outlive()) \g /dev/null
select t.claim() \g /dev/null
select t.open_session('other') \g /dev/null
begin;
select verdict as first from t.begin_restore(:r1) \gset
select dblink_send_query('other', format('select verdict from t.begin_restore(%s)', :r2)) \g /dev/null
select t.wait_for_waiters() \g /dev/null
commit;
select is(:'first' || ' ' || t.answer_of('other'), 'go concluded', 'who comes second waits for the seat and then loses');

-- Guards.
create function refusal(p_job bigint) returns text language plpgsql as $$
declare
    v_verdict text := (select verdict from t.begin_restore(p_job));
begin
    return v_verdict || ' ' || coalesce((select reason from reclaim.job where id = p_job), '');
end;
$$;
select removed('gone') as gone \gset
select is(refusal(restore_of(:gone, 'USER-of-gone')), 'concluded approver_is_subject', 'nobody approves the return of their own seat');
select is(refusal(restore_of(:gone, session_user)), 'concluded approver_is_requester', 'nor what they asked for themselves');
select restore_of(:gone) as old \gset
select fake.advance('721 hours') \g /dev/null
select t.claim() \g /dev/null
select is(refusal(:old), 'concluded approval_too_old', 'nor for ever');
select restore_of(:gone) as cannot \gset
select is((select verdict from t.begin_restore(:cannot, false)), 'concluded', 'where the recipe has no restore');
select results_eq(format($$ select b ->> 'type', b #>> '{data,outcome}', b #>> '{data,reason}' from t.body(%s) as b $$, :cannot),
    $$ values ('seat.restore.not_possible', 'not_possible', 'recipe_has_no_restore') $$, 'the requester is told that it is not possible');
select restore_of(:gone) as late \gset
select t.flag('gone') \g /dev/null
select is(refusal(:late), 'concluded flagged_anew', 'a seat that was flagged again meanwhile is not given back by an old approval');
select removed('other') as other \gset
select restore_of(:other) as forged \gset
alter table reclaim.audit disable trigger append_only;
update reclaim.audit set detail = '{"undoes": 1}' where job_id = :forged and event_type = 'received';
alter table reclaim.audit enable trigger append_only;
select is(refusal(:forged), 'concluded approval_changed', 'nor something else than what was accepted');
select t.job_in('done_failed') as never \gset
select is(refusal(restore_of(:never)), 'concluded nothing_was_removed', 'nothing is given back that was not taken');
select removed('planned') as planned \gset
select restore_of(:planned) as dry \gset
select reclaim.set_mode('figma', 'plan', 'dry') \g /dev/null
select is(refusal(:dry), 'held mode_is_plan', 'in a dry run nothing is given back either');
select reclaim.set_mode('figma', 'live', 'wet') \g /dev/null
select reclaim.release(:dry, 'go') \g /dev/null
select t.claim() \g /dev/null
select is(trim(refusal(:dry)), 'go', 'released in mode live it goes');
select removed('unknown') as unknown \gset
select restore_of(:unknown) as held \gset
select t.by_hand() \g /dev/null
delete from reclaim.seat where seat = 'unknown';
select is(refusal(:held), 'held seat_not_known', 'a seat that nobody knows waits for a person');
select is((select b ->> 'type' from t.body(:held) as b), 'seat.restore.held', 'who is told of');
select t.claim() \g /dev/null
select t.confirm(:held) \g /dev/null
select is((t.events(:held))[3], 'requester_notified', 'by a notice');
select is(reclaim.release(:held, 'go'), 'validate', 'released it is judged again');
select is(reclaim.cancel(:held, 'no'), 'cancelled', 'and may be cancelled');
select is((select array_agg(b ->> 'type' order by b ->> 'type') from t.body(:held) as b), '{seat.restore.cancelled,seat.restore.held}', 'which is told too');
select removed('gated') as gated \gset
select restore_of(:gated) as gated_job \gset
select reclaim.close_gate('app:figma', 'stop') \g /dev/null
select results_eq(format('select verdict, detail from t.begin_restore(%s)', :gated_job), $$ values ('gate_closed', 'app:figma') $$, 'a closed gate stops restores too');
select reclaim.open_gate('app:figma', 'go') \g /dev/null

-- Setbacks.
select t.begin_restore(:gated_job) \g /dev/null
select is(t.setback(:gated_job, 'retry', true), 'waiting', 'an attempt whose answer was lost');
select results_eq(format('select state, effect_possible from reclaim.job where id = %s', :gated_job), $$ values ('revoke', true) $$, 'goes on by looking');
select throws_ok(format('select reclaim.cancel(%s, ''x'')', :gated_job), 'RC409', null, 'and cannot be cancelled any more');
select reclaim.requeue(:gated_job, 'now') \g /dev/null
select t.claim() \g /dev/null
select is((select verdict from t.begin_restore(:gated_job)), 'go', 'a restore that began goes on');
select t.setback(:gated_job, 'retry', true) \g /dev/null
select fake.advance('721 hours') \g /dev/null
select t.claim() \g /dev/null
select results_eq(format('select verdict, detail from t.begin_restore(%s)', :gated_job), $$ values ('look', 'approval_fresh=fail:approval_too_old') $$,
    'unless a guard objects by now: then it looks, and does not act');
select is(t.setback(:gated_job, 'withdrawn', true), 'refused', 'and ends refused where the seat is still gone');
select is((t.events(:gated_job))[array_length(t.events(:gated_job), 1)], 'compensation_needed', 'asking a person to look, because the earlier call may still arrive');
select is(seat_of('gated'), 'removed', 'the seat is as it was');
select removed('bad') as bad \gset
select restore_of(:bad) as failing \gset
select t.begin_restore(:failing) \g /dev/null
select is(t.setback(:failing, 'retry', false, p_attempts_max => 1), 'failed', 'at the attempt cap it fails');
select is((t.events(:failing))[3], 'restore_failed', 'as what it is');
select t.confirm(:failing) \g /dev/null
select is((select what_you_can_do from reclaim.failed_jobs where job_id = :failing), format('select reclaim.requeue(%s, ''why'');', :failing), 'and is listed with what can be done');
select is(reclaim.requeue(:failing, 'again'), 'validate', 'a person may begin it again');
select is((select kind from reclaim.job where id = :failing), 'restore', 'as the restore it is');

-- Drift or restore.
select removed('watched') as watched \gset
select restore_of(:watched) as under_way \gset
select t.begin_restore(:under_way) \g /dev/null
update reclaim.later_look set due_at = reclaim.clock() where job_id = :watched;
select job_id from reclaim.claim_looks(100, '15 seconds', '{figma}', '{okta}') \g /dev/null
select reclaim.record_looks(array[job_id], array[fence], array[claim_token], '{back}', '{held}', array[null::interval], '{GET}', '{200}', '{r}', '{"{}"}', '{okta}')
from reclaim.later_look where job_id = :watched \g /dev/null
select is((select array_agg(event_type) from reclaim.audit where job_id = :watched and event_type = 'drift_found'), null, 'a seat that we are giving back just now is no drift');
select results_eq(format('select due_at - reclaim.clock(), why from reclaim.later_look where job_id = %s', :watched), $$ values ('1 hour'::interval, 'restore_begun') $$, 'the look comes again');
select t.restored(:under_way, 'partly_restored', 'role') \g /dev/null
select results_eq(format($$ select b #>> '{data,outcome}', b #>> '{data,reason}' from t.body(%s) as b $$, :under_way), $$ values ('partly_restored', 'role') $$, 'what is not as it was is told');

-- By webhook.
select removed('hook') as hook \gset
select verdict, job_id as hooked from t.accept_all(restoring_webhook('R1', 'A-hook', 'hook')) \gset
select is(:'verdict'::text, 'accepted', 'a signed approval starts a restore');
select results_eq(format($$ select kind, undoes, approval_id, approver, requester from reclaim.jobs join reclaim.journal using (job_id, app, seat, subject, approver, approval_id)
    where job_id = %s $$, :hooked), format($$ values ('restore', %s::bigint, 'R1', 'chief', 'rita') $$, :hook), 'of the removal that it names by its approval');
select is((select verdict from t.accept_all(restoring_webhook('R1', 'A-hook', 'hook'))), 'duplicate', 'sent again it is a duplicate');
select is((select verdict from t.accept_all(t.webhook('R1', 'hook', '{"flag_epoch": null, "approver": "chief", "removal_approval_id": "A-hook", "reason": "x"}', 'dlv-other', 'seat.restore.approved'))),
    'duplicate', 'also under another id');
select is((select verdict from t.accept_all(restoring_webhook('R1', 'A-ada', 'hook', '{"reason": "other"}'))), 'conflict', 'naming another removal it is a conflict');
select is((select verdict from t.accept_all(t.webhook('R1', 'hook', p_delivery => 'dlv-x'))), 'conflict', 'as it is in place of a removal');
select is((select verdict from t.accept_all(restoring_webhook('R2', 'A-nothing', 'hook'))), 'not_found', 'a removal nobody knows is not found');
select is((select verdict from t.accept_all(restoring_webhook('R3', 'R1', 'hook'))), 'not_found', 'and a restore is not undone by a restore');
select job_id as wrong from t.accept_all(restoring_webhook('R4', 'A-hook', 'ada')) \gset
select fake.advance(reclaim.calls_outlive()) \g /dev/null
select t.claim() \g /dev/null
select is(refusal(:wrong), 'concluded not_what_was_removed', 'one that names another seat than the removal''s is refused');
select is((select verdict from t.begin_restore(:hooked)), 'go', 'the right one begins');
select is((select verdict from t.accept_all(t.webhook('R5', p_facts => '{"approval_id": "R1"}', p_event => 'seat.removal.cancelled'))), 'too_late', 'and is not cancelled any more');
select is((reclaim.approval_status('portal', 'R1')::json) ->> 'state', 'restore', 'the sender sees it at work');
select reclaim.set_trigger(false, 'stop') \g /dev/null
select is((select verdict from t.accept_all(restoring_webhook('R6', 'A-hook', 'hook'))), 'trigger_off', 'with the trigger off it stays with its sender');

-- What restore() refuses.
select throws_ok(format('select reclaim.restore(%s, '''', ''why'')', :hook), 'RC422', null, 'restore() wants to know who decided');
select throws_ok(format('select reclaim.restore(%s, ''chief'', '''')', :hook), 'RC422', null, 'and why');
select throws_ok(format('select reclaim.restore(%s, ''chief'', ''why'')', :hooked), 'RC404', null, 'and which removal');
select t.confirm(:forged) \g /dev/null
select reclaim.erase_identity('subject', 'user-of-other', 'request 1') \g /dev/null
select is((select p.words from reclaim.audit t join reclaim.audit_personal p using (audit_id) where t.job_id = :other and event_type = 'revoke_confirmed'), null,
    'who is forgotten leaves nothing to restore by');
select throws_ok(format('select reclaim.restore(%s, ''chief'', ''why'')', :other), 'RC409', null, 'nor anybody to restore to');

select * from finish();
