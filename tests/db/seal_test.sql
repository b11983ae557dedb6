-- What the sealer calls: what is unsealed, what runs, and places that are given once.
\ir support/setup.sql

select t.job_in('done') as job \gset
select count(*) as events from reclaim.audit \gset
select results_eq('select waiting, latest from reclaim.look_at_log(0)', 'select true, max(audit_id) from reclaim.audit', 'what is unsealed waits');
select is((select array_agg(audit_id) from reclaim.unsealed_events(0, 1000)), (select array_agg(audit_id order by audit_id) from reclaim.audit),
    'unsealed events come in the order of their ids');
select is((select count(*) from reclaim.unsealed_events(0, 2)), 2::bigint, 'no more than asked for');
select is(reclaim.unsealed_seconds(), null, 'what was never sealed has no age');

select lives_ok($$ select reclaim.record_seal(array(select audit_id from reclaim.audit order by audit_id limit 3), 0, 'root', 'peaks', 0, 'note 3') $$, 'a seal is recorded');
select results_eq('select leaf_index, audit_id from reclaim.leaf order by leaf_index', 'select row_number() over (order by audit_id) - 1, audit_id from reclaim.audit order by audit_id limit 3',
    'its events have the first places');
select results_eq('select tree_size, checkpoint from reclaim.last_seal()', $$ values (3::bigint, 'note 3') $$, 'and it is the last seal');
select is((select count(*) from reclaim.unsealed_events(0, 1000)), :events::bigint - 3, 'what is sealed is not offered again');
select throws_ok($$ select reclaim.record_seal(array(select audit_id from reclaim.unsealed_events(0, 1)), 0, 'root', 'peaks', 0, 'other') $$, 'RC409', null,
    'whoever built on another size is refused');
select throws_ok($$ select reclaim.record_seal(array(select min(audit_id) from reclaim.audit), 3, 'root', 'peaks', 0, 'other') $$, '23505', null,
    'no event gets a second place');
select is((select count(*) from reclaim.seal), 1::bigint, 'and neither left a trace');
select reclaim.record_seal(array(select audit_id from reclaim.unsealed_events(0, 1000)), 3, 'root', 'peaks', 3, 'note all') \g /dev/null
select results_eq('select leaf_index from reclaim.leaf order by 1', format('select generate_series(0, %s::bigint - 1)', :events), 'places have no gap');
select results_eq('select checkpoint from reclaim.seals_after(2, 10)', $$ values ('note 3'), ('note all') $$, 'a file catches up in order');
select results_eq('select checkpoint from reclaim.last_seal(3)', $$ values ('note 3') $$, 'and every seal can be asked for by its size');
select results_eq('select waiting from reclaim.look_at_log(0)', 'values (false)', 'nothing waits any more');
select is(reclaim.unsealed_seconds(), 0.0, 'nothing is unsealed');

-- An id is drawn, its transaction goes on, another commits: both are seen to.
select t.open_session('slow') \g /dev/null
select dblink_exec('slow', 'begin') \g /dev/null
select epoch from dblink('slow', $$ select reclaim.flag_seat('figma', 'slow', 'slow') $$) as r (epoch bigint) \g /dev/null
select l.virtualxid as slow from dblink('slow', 'select pg_backend_pid()') as s (pid int) join pg_locks l on l.pid = s.pid
where l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock' \gset
select is((select :'slow' = any (running) from reclaim.look_at_log(0)), true, 'the open transaction is told of');
select t.flag('quick') \g /dev/null
select fake.advance('30 seconds') \g /dev/null
select is(reclaim.unsealed_seconds(), 30.0, 'the age of the oldest unsealed event that can be seen');
select reclaim.record_seal(array(select audit_id from reclaim.unsealed_events(0, 1000)), :events, 'root', 'peaks', 3, 'note quick') \g /dev/null
select is((select :'slow' = any (running) from reclaim.look_at_log(0)), true, 'it still runs');
select dblink_exec('slow', 'commit') \g /dev/null
select results_eq(format('select waiting, %L = any (running) from reclaim.look_at_log(0)', :'slow'), 'values (true, false)', 'when it has ended its event waits, below those that are sealed');
select is((select count(*) from reclaim.unsealed_events(0, 10) where audit_id < (select max(l.audit_id) from reclaim.leaf l)), 1::bigint, 'and is offered');

select throws_ok(format('%s reclaim.%I', verb, tab) || case verb when 'update' then format(' set %I = %1$I', col) else '' end, 'RC403', null,
    verb || ' of ' || tab || ' is refused')
from unnest('{update,delete from,truncate}'::text[]) as verb, (values ('leaf', 'audit_id'), ('seal', 'sealed_at')) as tables (tab, col);

alter sequence reclaim.audit_audit_id_seq restart with 1000;
select is((select latest from reclaim.look_at_log(0)), 999::bigint, 'an id that was never drawn is not taken for drawn: the first event of a log would be settled unseen');

-- The canonical bytes depend on these columns and their order.
select is((select string_agg(format('%s %s', attname, atttypid::regtype), ', ' order by attnum) from pg_attribute where attrelid = 'reclaim.log_event'::regclass),
    'audit_id bigint, job_id bigint, event_seq integer, recorded_at timestamp with time zone, event_type text, outcome text, reason_code text, actor_kind text, '
    'actor_ref text, app text, flag_epoch bigint, approved_at timestamp with time zone, expires_at timestamp with time zone, approval_ref text, '
    'delivery_id text, key_id text, fence bigint, attempt integer, operation_key text, connector text, provider_operation text, provider_status integer, '
    'provider_request_id text, commitments text, detail text', 'log_event is what earlier seals were made of');

select * from finish();
