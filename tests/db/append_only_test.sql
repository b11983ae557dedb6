-- The log, and what stands beside it, is append-only for everybody whom a trigger can stop: also for the owner of the tables.
\ir support/setup.sql

select t.job_in('done') as job \gset
select throws_ok(format('update reclaim.%I set app = ''other''', tab), 'RC403', null, 'nobody edits ' || tab)
from unnest(array['audit', 'approval']) as tab;
select throws_ok(format('update reclaim.approval set %I = %s', col, value), 'RC403', null, 'nobody replaces what an approval says: ' || col)
from (values ('seat', '''other'''), ('subject', '''other'''), ('approver', '''other'''), ('requester', '''other'''), ('callback_url', '''other'''),
    ('reason', '''other'''), ('body', '''\x00'''), ('body_sha256', '''\x00'''), ('flag_epoch', '2'), ('salts', 'salts || ''\x00''')) as c (col, value);
select throws_ok(format('update reclaim.audit_personal set %I = %s', col, value), 'RC403', null, 'nor what stands beside the log: ' || col)
from (values ('seat', '''other'''), ('subject', '''other'''), ('actor', '''other'''), ('words', '''other'''), ('audit_id', '-audit_id'),
    ('salts', 'salts || ''\x00''')) as c (col, value);
select throws_ok(format('delete from reclaim.%I', tab), 'RC403', null, 'nobody deletes from ' || tab)
from unnest(array['audit', 'audit_personal', 'approval']) as tab;
select throws_ok(format('truncate reclaim.%I', tab), 'RC403', null, 'nobody truncates ' || tab)
from unnest(array['audit', 'audit_personal', 'approval']) as tab;
set role reclaim_owner;
select throws_ok('delete from reclaim.audit', 'RC403', null, 'not even the owner');
reset role;
select cmp_ok((select count(*) from reclaim.audit where job_id = :job), '>', 0::bigint, 'and the evidence is still there');

select * from finish();
