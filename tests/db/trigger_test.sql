-- The trigger: while it is off approvals stay with their sender; everything else goes on.
\ir support/setup.sql

select t.approve('A1', 's1') as job \gset
select reclaim.set_trigger(false, 'an audit') \g /dev/null
select t.flag('s2') \g /dev/null
create table before as select t.fingerprint();
select is((select verdict from t.accept_all(t.webhook('B1', 's2'))), 'trigger_off', 'with the trigger off a new approval is turned away');
select is(t.fingerprint(), (select fingerprint from before), 'and nothing at all is written');
select is((select verdict from t.accept_all(t.webhook('A1'))), 'duplicate', 'one accepted before is still a duplicate');
select is((select verdict from t.accept_all(t.webhook('F', 's3', p_event => 'seat.flagged'))), 'flagged', 'flags still count');
select is((select verdict from t.accept_all(t.webhook('A1', p_event => 'seat.removal.cancelled', p_delivery => 'c1'))), 'cancelled',
    'cancellations still count');
select reclaim.set_trigger(true, 'audit over') \g /dev/null
select is((select verdict from t.accept_all(t.webhook('B1', 's2'))), 'accepted', 'with the trigger on the sender''s next try is accepted');
select results_eq($$ select outcome, reason_text, actor_kind from reclaim.journal where event_type = 'trigger_changed' order by audit_id $$,
    $$ values ('on', 'tests', 'operator'), ('off', 'an audit', 'operator'), ('on', 'audit over', 'operator') $$,
    'every change of the trigger is on record with its reason');
select is((select changed_by like session_user || '%' from reclaim.setting where name = 'trigger'), true, 'and with the database user');
select throws_ok($$ select reclaim.set_trigger(true, '') $$, 'RC422', null, 'the trigger is not touched without a reason');
select throws_ok($$ select reclaim.set_trigger(null, 'why') $$, 'RC422', null, 'nor set to nothing');

select * from finish();
