-- Crashes are told from errors: a token nobody gave back counts, and too many in a row put the job before a person.
\ir support/setup.sql

create function t.crash() returns setof bigint language sql as $$
    select t.claim();
    select fake.advance('15 seconds');
    select id from reclaim.job;
$$;
select t.approve('A1', 's1') as job \gset
select t.crash() from generate_series(1, 3) \g /dev/null
select is((select crashes from reclaim.job where id = :job), 2, 'each claim of a job that was not given back counts a crash');
select is((select attempts from reclaim.job where id = :job), 0, 'a crash is not an attempt');
select is((select count(*) from t.claim()), 0::bigint, 'after the third the job is not handed out for work');
select results_eq(format('select state, held_from, reason, crashes, claim_token is null from reclaim.job where id = %s', :job),
    $$ values ('held', 'validate', 'crashes', 0, true) $$, 'it is held for a person');
select is(t.events(:job), '{received,quarantined}', 'and the audit says so');
select is((select json_agg(b -> 'data' ->> 'outcome') #>> '{0}' from t.body(:job) as b), 'held', 'and the requester is to be told');
select is((select array_agg(j) from t.claim() as j), array[:job::bigint], 'the held job is claimed to tell the requester');
select t.confirm(:job) \g /dev/null
select results_eq(format('select visible_at, claim_token from reclaim.job where id = %s', :job),
    $$ values ('infinity'::timestamptz, null::uuid) $$, 'then it is parked');

-- Telling the requester may crash as well; that must not count against the work after a release.
select t.job_in('held') as told_badly \gset
select t.crash() from generate_series(1, 4) \g /dev/null
select reclaim.release(:told_badly, 'looks fine') \g /dev/null
select is((select crashes from reclaim.job where id = :told_badly), 0, 'a release forgets the crashes');
select is((select array_agg(j) @> array[:told_badly::bigint] from t.claim() as j), true, 'and the next claim hands the job out');

select t.job_in('validate') as calm \gset
select fake.advance('15 seconds') \g /dev/null
select t.claim() \g /dev/null
select is((select crashes from reclaim.job where id = :calm), 1, 'a crash is counted');
select reclaim.hand_back(array[id], array[fence], array[token], array['0'::interval], array[null::text]) from t.lease(:calm) \g /dev/null
select t.claim() \g /dev/null
select is((select crashes from reclaim.job where id = :calm), 0, 'only crashes in a row count: one clean hand-back and they are forgotten');

select * from finish();
