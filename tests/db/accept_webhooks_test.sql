-- accept_webhooks: what each webhook is answered, and that everything the answer promises is in the tables.
\ir support/setup.sql

select t.flag('s1') \g /dev/null
create table seen as select * from t.accept_all(t.webhook('A1'));
select results_eq('select ord, verdict, detail from seen', $$ values (1, 'accepted', null::text) $$,
    'a new approval is accepted');
select is((select job_id from seen), (select id from reclaim.job), 'its answer names the job');
select results_eq('select state, visible_at, fence, attempts, event_seq from reclaim.job',
    $$ values ('validate', reclaim.clock(), 0::bigint, 0, 1) $$, 'its job is due at once');
select results_eq('select body, body_sha256, key_id, approver, flag_epoch from reclaim.approval',
    $$ select w.body, sha256(w.body), 'key-1', 'boss', 1::bigint from t.webhook('A1') as w $$,
    'the approval keeps the exact bytes that were signed');
select results_eq('select source, delivery_id, copy, verdict, job_id from reclaim.delivery',
    $$ select 'portal', 'dlv-A1', 0::bigint, 'accepted', job_id from seen $$, 'the delivery is on record');
select results_eq('select event_seq, event_type, actor_kind, actor_ref from reclaim.audit where job_id is not null',
    $$ values (1, 'received', 'sender', 'portal') $$, 'the audit begins with the sender');

select results_eq($$ select verdict, job_id from t.accept_all(t.webhook('A1')) $$,
    $$ select 'duplicate', job_id from seen $$, 'the same bytes under the same id are a duplicate of the same job');
select is((select count(*) from reclaim.delivery where delivery_id = 'dlv-A1'), 2::bigint, 'a duplicate writes a delivery row of its own');
select is((select count(*) from reclaim.job), 1::bigint, 'a duplicate makes no second job');

select is((select verdict from t.accept_all(t.webhook('A1', p_facts => '{"approver": "mallory"}'))), 'conflict',
    'the same id with other bytes is a conflict');
select is((select approver from reclaim.approval), 'boss', 'the first bytes stand');
select is((select verdict from t.accept_all(t.webhook('A1', p_facts => '{"approver": "mallory"}'))), 'conflict',
    'a conflict that is sent again is still a conflict');
select is((select verdict from t.accept_all(t.webhook('A1'))), 'duplicate', 'and the first bytes are still a duplicate');

select results_eq($$ select verdict, job_id from t.accept_all(t.webhook('A1', p_facts => '{"note": "sent again"}', p_delivery => 'dlv-new')) $$,
    $$ select 'duplicate', job_id from seen $$, 'the same approval under a new id is a duplicate, even when its bytes differ');
select results_eq($$ select verdict, job_id from reclaim.delivery where delivery_id = 'dlv-new' $$,
    $$ select 'duplicate', job_id from seen $$, 'and its first delivery row says so');
select is((select verdict from t.accept_all(t.webhook('A1', p_facts => '{"seat": "s2"}', p_delivery => 'dlv-evil'))), 'conflict',
    'the same approval with other content under a new id is a conflict');
select is((select verdict from t.accept_all(t.webhook('A1', p_facts => '{"seat": "s2"}', p_delivery => 'dlv-evil'))), 'conflict',
    'sending that again does not turn it into a success');
select is((select verdict from t.accept_all(t.webhook('A1', p_facts => '{"expires_at": "2031-01-01T00:00:00Z"}', p_delivery => 'dlv-longer'))),
    'conflict', 'an approval cannot be prolonged by sending it again with a later expiry');
select is((select verdict from t.accept_all(t.webhook('A1', p_source => 'other'))), 'accepted',
    'ids and approvals of another source are its own');

-- A batch is what arrived at the same moment: everything at once, answered in the order it came.
select t.flag('s3') \g /dev/null
select count(*) as deliveries from reclaim.delivery \gset
select results_eq($$ select verdict from t.accept_all(
        t.webhook('A1'),
        t.webhook('B1', 's3'),
        t.webhook('A1', p_facts => '{"app": "zoom"}'),
        t.webhook('B1', 's3'),
        t.webhook('B1', 's3', p_delivery => 'dlv-B1-again'),
        t.webhook('F1', 's9', p_event => 'seat.flagged'),
        t.webhook('U1', 's1', p_event => 'seat.unflagged'),
        t.webhook('A1', p_event => 'seat.removal.cancelled', p_delivery => 'dlv-C1'),
        t.webhook('none', p_event => 'seat.removal.cancelled', p_delivery => 'dlv-C2'),
        t.webhook('B2', 's3')) order by ord $$,
    $$ values ('duplicate'), ('accepted'), ('conflict'), ('duplicate'), ('duplicate'), ('flagged'), ('unflagged'), ('cancelled'),
        ('not_found'), ('accepted') $$, 'a batch that mixes everything answers each for itself');
select is((select count(*) - :deliveries from reclaim.delivery), 10::bigint, 'and leaves a delivery row for each');

select is((select array_agg(verdict order by ord) from t.accept_all(t.webhook('D1', 's3', p_delivery => 'dlv-z'),
    t.webhook('D1', 's3', p_delivery => 'dlv-a'))), '{accepted,duplicate}',
    'of two copies of one approval in a batch the earlier is accepted, whatever their ids');

-- Two receivers, the same webhook at the same moment: the second waits for the first and is a duplicate.
select t.open_session('other') \g /dev/null
select dblink_exec('other', 'begin') \g /dev/null
select is((select verdict from dblink('other', $$ select verdict from t.accept_all(t.webhook('T1', 's3')) $$) as r (verdict text)),
    'accepted', 'two receivers: the first records it');
select t.open_session('late') \g /dev/null
select dblink_send_query('late', $$ select verdict from t.accept_all(t.webhook('T1', 's3')) $$) \g /dev/null
select t.wait_for_waiters() \g /dev/null
select is(dblink_is_busy('late'), 1, 'the second waits while the first is not committed');
select dblink_exec('other', 'commit') \g /dev/null
select is((select verdict from dblink_get_result('late') as r (verdict text)), 'duplicate', 'then it is a duplicate');

select * from finish();
