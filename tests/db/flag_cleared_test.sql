-- A flag that is cleared: before the intent it stops the removal, after it a person is asked. And the epoch that ties approvals to flags.
\ir support/setup.sql

select is(t.flag('s1'), 1::bigint, 'the first flag begins epoch 1');
select is(t.flag('s1'), 1::bigint, 'flagging a flagged seat only refreshes its facts');
select is(reclaim.unflag_seat('figma', 's1', 'active again'), true, 'clearing a flag says that there was one');
select is(reclaim.unflag_seat('figma', 's1'), false, 'clearing it twice does not');
select is(t.flag('s1'), 2::bigint, 'flagging again begins a new epoch');
select results_eq($$ select event_type, flag_epoch from reclaim.journal where seat = 's1' order by audit_id $$,
    $$ values ('seat_flagged', 1::bigint), ('seat_unflagged', 1), ('seat_flagged', 2) $$, 'each change of the flag is on record, a mere refresh is not');
select throws_ok($$ select reclaim.flag_seat('figma', '', 'somebody') $$, 'RC422', null, 'a flag needs a seat');

select t.job_in('validate') as before \gset
select reclaim.unflag_seat('figma', 'validate-1') \g /dev/null
select t.begin(:before) \g /dev/null
select results_eq(format('select outcome, reason, effect_possible from reclaim.job where id = %s', :before), $$ values ('refused', 'flag_cleared', false) $$,
    'cleared before the intent: refused, nothing was sent');
select is(t.events(:before), '{received,refused}', 'and no compensation is asked for');

select t.job_in('revoke') as after \gset
select reclaim.unflag_seat('figma', 'revoke-2') \g /dev/null
select is((select outcome from reclaim.journal where event_type = 'seat_unflagged' and seat = 'revoke-2'), 'too_late', 'cleared after the intent: the audit says too late');
select t.remove(:after) \g /dev/null
select is(t.events(:after), '{received,revoke_attempted,revoke_confirmed,compensation_needed}', 'the removal is recorded, and a person is asked to look');

select t.job_in('revoke') as anew \gset
select reclaim.unflag_seat('figma', 'revoke-3') \g /dev/null
select t.flag('revoke-3') \g /dev/null
select t.remove(:anew) \g /dev/null
select is(t.events(:anew), '{received,revoke_attempted,revoke_confirmed,compensation_needed}',
    'cleared and flagged again after the intent: the old approval was no longer good, so a person is asked too');

select t.job_in('revoke') as lost \gset
select reclaim.unflag_seat('figma', 'revoke-4') \g /dev/null
select t.setback(:lost, 'retry', true, p_attempts_max => 1) \g /dev/null
select is(t.events(:lost), '{received,revoke_attempted,revoke_failed,compensation_needed}', 'cleared after the intent and the outcome unknown: a person is asked');
select t.job_in('revoke') as lost_anew \gset
select reclaim.unflag_seat('figma', 'revoke-5') \g /dev/null
select t.flag('revoke-5') \g /dev/null
select t.setback(:lost_anew, 'retry', true, p_attempts_max => 1) \g /dev/null
select is(t.events(:lost_anew), '{received,revoke_attempted,revoke_failed,compensation_needed}', 'also when it was flagged again meanwhile');
select t.job_in('revoke') as harmless \gset
select reclaim.unflag_seat('figma', 'revoke-6') \g /dev/null
select t.setback(:harmless, 'refused', false) \g /dev/null
select is(t.events(:harmless), '{received,revoke_attempted,revoke_failed}', 'when certainly nothing was removed, nothing needs to be given back');

select t.job_in('done') as gone \gset
select is((select state from reclaim.seat where seat = 'done-7'), 'removed', 'a removed seat is removed');
select is(reclaim.unflag_seat('figma', 'done-7'), false, 'clearing the flag of a removed seat does nothing');
select is(t.flag('done-7'), 2::bigint, 'a removed seat that is flagged again was given back: a new epoch');
select is((select removal_job from reclaim.seat where seat = 'done-7'), null, 'which a new approval may claim');

select * from finish();
