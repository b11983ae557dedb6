-- Limits of a connector over all workers: how often, how many at once, one at a time per person, and who gets the next turn.
\ir support/setup.sql

-- What one process asks for, as text: "let through after MS" or "denied WHY MS" for each call, then what it says of the line.
create function t.take(p_starts boolean[], p_rate double precision default null, p_burst int default 1, p_concurrency int default null,
    p_subject text default null, p_ended bigint[] default '{}', p_time interval default '10 seconds') returns text[] language sql as $$
    select array_agg(case when place = 0 then 'woke ' || permit || coalesce(', look again after ' || wait_ms, '')
            when denied is null then 'go ' || wait_ms else denied || ' ' || wait_ms end order by place = 0, place)
    from reclaim.take_permits('google', p_rate, p_burst, p_concurrency, p_starts, array_fill(p_subject, array[cardinality(p_starts)]),
        array_fill(p_time, array[cardinality(p_starts)]), p_ended)
$$;
create function t.forget() returns void language sql as $$ select t.by_hand(); delete from reclaim.connector_limit; delete from reclaim.call_permit $$;

-- Rate. One call a second without a burst: a quarter of a second more than that lies between two, because either may be late by as much.
select is(t.take('{t}', 1), '{go 0,woke 0}', 'the first call goes at once');
select is(t.take('{t}', 1), '{rate 1250,woke 0}', 'the next job is told when there will be room');
select is(t.take('{f,f}', 1), '{go 1250,go 2500,woke 0}', 'calls of jobs that have begun get in line');
select is(t.take('{f}', 1, p_time => '7 seconds'), '{rate 3750,woke 0}', 'unless their turn would leave too little of their time');
select fake.advance('1250 milliseconds') \g /dev/null
select is(t.take('{t}', 1), '{rate 2500,woke 0}', 'no job begins before those in line');
select fake.advance('2500 milliseconds') \g /dev/null
select is(t.take('{t,t}', 1), '{go 0,rate 1250,woke 0}', 'then one may');
select t.forget() \g /dev/null

select is(t.take(array_fill(false, array[12]), 10, 10)::text, '{"go 0","go 0","go 0","go 0","go 0","go 0","go 0","go 50","go 150","go 250","go 350","go 450","woke 0"}',
    'with a burst of 10 at 10 a second as many go at once as cannot be too many together with late ones');
select t.forget() \g /dev/null
select is(t.take(array_fill(true, array[5]), 10, 10)::text, '{"go 0","go 0","go 0","rate 100","rate 100","woke 0"}', 'new jobs take but a third of the burst');
select t.forget() \g /dev/null

-- Concurrency.
select is(t.take('{t,t,t}', null, 1, 2), '{go 0,go 0,concurrency 50,woke 0}', 'of two at once a third is denied');
select is(t.take('{f,t}', null, 1, 2, p_ended => array(select min(id) from reclaim.call_permit)), '{go 0,concurrency 50,woke 0}', 'one that ended makes room for one');
select is(t.take('{f}', null, 1, 2), '{concurrency 50,woke 0}', 'a call of a job that has begun finds none');
select is(t.take('{t}', null, 1, 2, p_ended => array(select id from reclaim.call_permit)), '{concurrency 50,woke 0}', 'and comes before any new job then');
select is(t.take('{f}', null, 1, 2), '{go 0,woke 0}', 'when it asks again');
select fake.advance('9 seconds') \g /dev/null
select is(t.take('{t,t}', null, 1, 2), '{go 0,concurrency 50,woke 0}', 'a call whose worker died counts as long as it may be alive');
select fake.advance('1 second') \g /dev/null
select is(t.take('{t,t}', null, 1, 2), '{go 0,concurrency 50,woke 0}', 'and no longer');
select t.forget() \g /dev/null

-- One call at a time per person.
select is(t.take('{t,f}', p_subject => 'ada'), '{go 0,subject 100,woke 0}', 'a second call about the same person waits');
select is(t.take('{t}', p_subject => 'grace'), '{go 0,woke 0}', 'one about another does not');
select is(t.take('{t}', p_subject => 'ada', p_ended => array(select id from reclaim.call_permit)), '{go 0,woke 0}', 'and it goes when the first has ended');
select is_empty($$ select subject from reclaim.call_permit where convert_from(subject, 'LATIN1') ~ 'ada' $$, 'the permit does not name the person');
select t.forget() \g /dev/null

-- Jobs wait for their turn in the queue, in the order they came.
select t.approve('L' || n, 'l' || n) from generate_series(1, 5) as n \g /dev/null
select t.claim() \g /dev/null
select reclaim.hand_back(array[id], array[fence], array[claim_token], array['3 minutes'::interval], array['limit:google']) from reclaim.job \g /dev/null
select results_eq('select attempts, crashes from reclaim.job group by 1, 2', 'values (0, 0)', 'a job that waits for its turn was charged nothing');
select is(t.take('{}', null, 1, 2), '{"woke 2, look again after 50"}', 'as many as there is room for are due');
select results_eq('select array_agg(id order by id) from reclaim.job where visible_at <= reclaim.clock()', 'select array_agg(id order by id) from (select id from reclaim.job order by id limit 2) as first',
    'the first of the line');
select is(t.take('{}', null, 1, 2), '{"woke 0, look again after 50"}', 'not more before those have begun');
select is(t.take('{t,t}', null, 1, 3), '{go 0,go 0,"woke 1, look again after 50"}', 'then as many as there is still room for');
select results_eq('select calls_under_way, jobs_waiting, concurrency from reclaim.connector_limits', 'values (2::bigint, 2::bigint, 3)', 'the view shows calls and jobs that wait');
select is((select next from reclaim.jobs where job_id = (select max(id) from reclaim.job)), 'waits for its turn at google', 'so does the job''s own line');
select fake.advance('3 minutes') \g /dev/null
select is((select count(*) from t.claim()), 5::bigint, 'and whatever becomes of the workers, they come back by themselves');
select t.forget() \g /dev/null

-- The vendor's own headers.
select reclaim.slow_connector('google', 2, '10 seconds') \g /dev/null
select reclaim.slow_connector('google', 1, '5 seconds') \g /dev/null
select results_eq($$ select c ->> 'connector', c ->> 'troubled', c ->> 'slow_ms' from reclaim.worker_tick(t.worker()) as w, json_array_elements(w.connectors::json) as c $$,
    $$ values ('google', 'false', '10000') $$, 'every worker hears that a vendor has little left');
select is(t.take('{f,f,f}', 100, 100), '{go 0,go 2250,go 4500,woke 0}', 'calls then keep apart, whatever the limit allows');
select fake.advance('10 seconds') \g /dev/null
select is(t.take('{f,f,f}', 100, 100), '{go 0,go 0,go 0,woke 0}', 'until the vendor''s window ends');

select * from finish();
