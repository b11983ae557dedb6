-- What people and programs read: approval_status, explain_removal, the views, health_check, partitions.
\ir support/setup.sql
select t.by_hand() \g /dev/null

select t.job_in('ticketed') as job \gset
select results_eq($$ select s ->> 'state', s ->> 'finished', json_array_length(s -> 'timeline') 
        from (select reclaim.approval_status('portal', 'ticketed-1')::json as s) as answer $$, $$ values ('removed', 'false', 4) $$, 'approval_status tells state and timeline');
select is(reclaim.approval_status('other', 'ticketed-1'), null, 'not to a source that never sent the approval');

select t.flag('s1') \g /dev/null
create table before as select t.fingerprint();
select results_eq($$ select seat_state, flag_epoch, guards from reclaim.explain_removal('figma', 's1', 'boss', t.policy()) $$,
    $$ values ('flagged', 1::bigint, '{still_flagged=pass,same_subject=pass,approval_fresh=pass,approver_is_not_subject=pass,
        approver_allowed=pass,approver_is_not_requester=pass,second_approver=pass,not_protected=pass,no_legal_hold=pass,not_active_again=pass,bound_to_content=pass,
        grace_period=pass,maintenance_window=pass,last_owner=pass}'::text[]) $$,
    'explain_removal weighs the guards for an approval given now');
select is((select guards[4] from reclaim.explain_removal('figma', 's1', 'user-of-s1', t.policy())), 'approver_is_not_subject=fail:approver_is_subject',
    'and says which would object');
select is((select count(*) from reclaim.explain_removal('figma', 'nowhere', 'boss', t.policy())), 0::bigint, 'a seat nobody knows has no answer');
select is(t.fingerprint(), (select fingerprint from before), 'it writes nothing');

select t.job_in(place) from unnest('{due,backoff,parked,validate}'::text[]) as place \g /dev/null
select is((select count(*) from reclaim.jobs), 5::bigint, 'jobs shows each job once');
select t.job_in('done_failed') as again \gset
select reclaim.requeue(:again, 'why') \g /dev/null
select is((select count(*) from reclaim.jobs where job_id = :again), 1::bigint, 'also one that was finished and requeued');
select results_eq('select due, running, waiting, held, trigger from reclaim.queue_health',
    $$ values (1::bigint, 3::bigint, 1::bigint, 1::bigint, 'on') $$, 'queue_health counts due, running, waiting and held');

-- An old snapshot keeps dead rows alive; those who may look at the queue must see it, whoever holds it.
select t.open_session('old') \g /dev/null
select dblink_exec('old', 'begin isolation level repeatable read') \g /dev/null
select n from dblink('old', 'select count(*) from reclaim.job') as r (n bigint) \g /dev/null
update fake.clock set at = clock_timestamp() + interval '11 minutes';
set role reclaim_operator;
select cmp_ok((select oldest_snapshot_seconds from reclaim.queue_health), '>=', 600.0, 'an operator sees the old snapshot of another user in queue_health');
select isnt_empty($$ select from reclaim.health_check() where problem ~ 'has been open' $$, 'and in health_check, with the statement that ends it');
reset role;
select dblink_exec('old', 'commit') \g /dev/null

-- Partitions are months of UTC, whoever makes them.
set timezone = 'Pacific/Auckland';
update fake.clock set at = '2031-03-31 13:30:00+00';  -- already April there
select reclaim.ensure_partitions() \g /dev/null
set timezone = 'America/Los_Angeles';
select lives_ok($$ select reclaim.ensure_partitions(5) $$, 'partitions made in one time zone go on in another');
select is((select count(*) from reclaim.health_check() where problem ~ 'partition'), 0::bigint, 'health_check finds this month''s partition, in any time zone');
set timezone = 'UTC';
select is(pg_get_expr(relpartbound, oid), $$FOR VALUES FROM ('2031-03-01 00:00:00+00') TO ('2031-04-01 00:00:00+00')$$, 'a month begins at midnight UTC')
from pg_class where relname = 'job_done_2031_03';
select is(reclaim.ensure_partitions(5), 0, 'making them again makes none');
select t.job_in('done') as late \gset
select is((select tableoid::regclass::text from reclaim.job_done where id = :late), 'reclaim.job_done_2031_03', 'a finished job lands in its month');
drop table reclaim.job_done_2031_03;
select isnt_empty($$ select from reclaim.health_check() where problem ~ 'partition' $$, 'a missing partition is a finding');
select t.job_in('done') as rest \gset
select is((select tableoid::regclass::text from reclaim.job_done where id = :rest), 'reclaim.job_done_rest', 'without it nothing is lost: the rest has a place');
select lives_ok('select reclaim.ensure_partitions()', 'and making partitions does not stumble over that');

select * from finish();
