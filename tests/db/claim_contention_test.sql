-- Two claims at once: neither waits for the other, and no job is given to both.
\ir support/setup.sql

select t.approve('A' || n, 's' || n) from generate_series(1, 10) as n \g /dev/null
select t.open_session('other') \g /dev/null
select dblink_exec('other', 'begin') \g /dev/null
create table theirs as select * from dblink('other', 'select t.claim(4, t.worker(2))') as r (id bigint);
set statement_timeout = '5s';
create table ours as select t.claim(100) as id;
select is((select count(*) from theirs), 4::bigint, 'the other session has claimed and not committed');
select is((select count(*) from ours), 6::bigint, 'our claim does not wait: it takes the jobs that are free');
select is((select count(*) from ours join theirs using (id)), 0::bigint, 'no job is given to both');
select dblink_exec('other', 'rollback') \g /dev/null
select set_eq('select t.claim()', 'select id from theirs', 'a claim that was rolled back leaves its jobs to others');

-- A job being recorded is locked by its holder; a claim must not wait for that either.
select fake.advance('15 seconds') \g /dev/null
select id as busy from ours order by id limit 1 \gset
select dblink_exec('other', 'begin') \g /dev/null
select count(*) from dblink('other', format('select count(*) from (select from reclaim.job where id = %s for update) as x', :busy))
    as r (n bigint) \g /dev/null
select is((select array_agg(j = :busy) @> '{true}' from t.claim() as j), false,
    'a job whose holder is writing is passed over, even after its lease');
select dblink_exec('other', 'commit') \g /dev/null

select * from finish();
