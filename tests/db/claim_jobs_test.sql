-- claim_jobs: who gets which jobs, with what, and never more than asked for.
\ir support/setup.sql
select t.by_hand() \g /dev/null

select t.approve('A' || n, 's' || n) from generate_series(1, 5) as n \g /dev/null
update reclaim.job set visible_at = visible_at - (6 - id) * interval '1 second';
select results_eq('select t.claim(2)', 'values (1::bigint), (2::bigint)', 'the jobs that have waited longest come first');
select results_eq('select fence, visible_at, worker, crashes, claim_token is not null from reclaim.job where id in (1, 2)',
    $$ values (1::bigint, reclaim.clock() + interval '15 seconds', t.worker(), 0, true),
        (1::bigint, reclaim.clock() + interval '15 seconds', t.worker(), 0, true) $$,
    'a claim raises the fence, draws a token and sets the lease');
select is((select count(distinct claim_token) from reclaim.job where id in (1, 2)), 2::bigint, 'each job has a token of its own');
select results_eq($$ select job_id, state, visible_at, fence, app, seat, subject, email, source, approval_ref, approver, requester,
        callback_url, flag_epoch from reclaim.claim_jobs(t.worker(), 1, '15 seconds', '-infinity', 3) $$,
    $$ values (3::bigint, 'validate', reclaim.clock() - interval '3 seconds', 1::bigint, 'figma', 's3', 'user-of-s3', 's3@example.com',
        'portal', 'A3', 'boss', 'rita', 'https://requester.example/done', 1::bigint) $$,
    'a claim brings everything that is needed to work, and since when the job was due');
select is((select count(*) from t.claim(0)), 0::bigint, 'a limit of nothing claims nothing');
select is((select array_agg(j order by j) from t.claim() as j), '{4,5}', 'a claimed job is not claimed again while its lease lasts');
select is((select count(*) from t.claim()), 0::bigint, 'nothing due is no row');

select fake.advance('15 seconds') \g /dev/null
create table old as select id, fence, claim_token from reclaim.job;
select is((select count(*) from t.claim(2, t.worker(2))), 2::bigint, 'a job whose lease ran out is claimed by another');
select is((select bool_and(j.fence = o.fence + 1 and j.claim_token <> o.claim_token) from reclaim.job j join old o using (id)
    where j.worker = t.worker(2)), true, 'with a higher fence and another token');

select t.claim() \g /dev/null
select fake.advance('1 minute') \g /dev/null
select is((select count(*) from t.claim(p_floor => reclaim.clock() - interval '10 seconds')), 0::bigint,
    'a floor leaves out what was due before it');
select is((select count(*) from t.claim(p_floor => reclaim.clock() - interval '45 seconds')), 5::bigint,
    'a floor at the due time itself leaves nothing out');

select t.job_in('backoff') as backoff \gset
select is((select count(*) from t.claim() as j where j = :backoff), 0::bigint, 'a job that backs off is not due');
select fake.advance('10 seconds') \g /dev/null
select is((select count(*) from t.claim() as j where j = :backoff), 1::bigint, 'and is due when its back-off is over');
select t.job_in('parked') as parked \gset
select fake.advance('100 years') \g /dev/null
select is((select count(*) from t.claim() as j where j = :parked), 0::bigint, 'a parked job is never due');

-- Whatever plan the server picks, the limit holds.
select t.approve('P' || n, 'p' || n) from generate_series(1, 300) as n \g /dev/null
create function claimed_with(p_switch text) returns bigint language plpgsql as $$
declare
    v_count bigint;
begin
    update reclaim.job set visible_at = reclaim.clock() - id * interval '1 millisecond', claim_token = null, crashes = 0;
    perform set_config(s, 'off', true) from unnest(string_to_array(p_switch, ' ')) as s;
    select count(*) into v_count from reclaim.claim_jobs(t.worker(), 7, '15 seconds', '-infinity', 3);
    return v_count;
end;
$$;
select is(claimed_with(switches), 7::bigint, 'the limit holds with ' || switches || ' off')
from unnest(array['enable_hashjoin', 'enable_mergejoin', 'enable_nestloop', 'enable_nestloop enable_hashjoin',
    'enable_hashjoin enable_mergejoin', 'enable_indexscan enable_bitmapscan enable_indexonlyscan', 'enable_seqscan', 'enable_sort',
    'enable_material', 'enable_memoize']) as switches;

select * from finish();
