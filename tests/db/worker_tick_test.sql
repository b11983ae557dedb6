-- worker_tick: a worker that dies is missed at once, because the server frees the lock it held for life.
\ir support/setup.sql

create function register(p_n int, p_has_session boolean default true) returns bigint language sql as $$
    select reclaim.register_worker(t.worker(p_n), 'host', p_n, '1.0', p_has_session)
$$;
select t.open_session('dies') \g /dev/null
select key from dblink('dies', 'select register(2)') as r (key bigint) \gset
select isnt(:'key'::text, null, 'a worker with a session of its own is given a lock to hold');
select t.approve('A' || n, 's' || n) from generate_series(1, 3) as n \g /dev/null
select t.claim(2, t.worker(2)) \g /dev/null
select register(1) \g /dev/null
select results_eq('select jobs_freed, now from reclaim.worker_tick(t.worker(1))', 'values (0, reclaim.clock())', 'while it lives nothing is freed');
select is((select count(*) from reclaim.worker), 2::bigint, 'and both are known');

select dblink_disconnect('dies') \g /dev/null
do $$ begin
    for i in 1..500 loop
        exit when not exists (select from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid());
        perform pg_sleep(0.01);
    end loop;
end $$;
select is((select jobs_freed from reclaim.worker_tick(t.worker(1))), 2, 'when it has died the next tick of another frees its jobs');
select results_eq('select visible_at, worker, claim_token is not null from reclaim.job where id <= 2',
    $$ select reclaim.clock() + reclaim.time_to_stop(), t.worker(2), true from generate_series(1, 2) $$,
    'they are due in a moment, and still know whose they were, so that the crash is counted');
select is((select count(*) from reclaim.worker where id = t.worker(2)), 0::bigint, 'the dead worker is forgotten');
select fake.advance(reclaim.time_to_stop()) \g /dev/null
select set_eq('select t.claim(p_worker => t.worker(1))', 'values (1::bigint), (2), (3)', 'and then the jobs are claimed again');
select is((select sum(crashes) from reclaim.job), 2::bigint, 'each with its crash on the count');
select is((select jobs_freed from reclaim.worker_tick(t.worker(1))), 0, 'a worker never frees its own jobs');

-- Behind a transaction pooler no session belongs to a worker: only leases tell.
select is(register(3, false), null, 'a worker without a session of its own gets no lock');
select is((select jobs_freed from reclaim.worker_tick(t.worker(1))), 0, 'and is never taken for dead');
select is((select count(*) from reclaim.worker where id = t.worker(3)), 1::bigint, 'it stays known');
select reclaim.unregister_worker(t.worker(3)) \g /dev/null
select is((select count(*) from reclaim.worker where id = t.worker(3)), 0::bigint, 'until it says goodbye');

-- Its connection was cut but the server has not noticed: the worker must come back without waiting for that.
select t.open_session('half open') \g /dev/null
select t.open_session('anew') \g /dev/null
select key from dblink('half open', 'select register(4)') as r (key bigint) \gset first_
set statement_timeout = '5s';
select dblink_exec('anew', 'set statement_timeout = ''3s''') \g /dev/null
select lives_ok($$ select * from dblink('anew', 'select register(4)') as r (key bigint) $$, 'a worker whose old connection lingers registers again at once');
select is((select count(*) from reclaim.worker where id = t.worker(4)), 1::bigint, 'as the same worker');
select t.claim(p_worker => t.worker(4)) \g /dev/null
select dblink_disconnect('half open') \g /dev/null
select reclaim.worker_tick(t.worker(1)) \g /dev/null
select is((select count(*) from reclaim.worker where id = t.worker(4)), 1::bigint, 'and is not taken for dead when the old connection ends');

select * from finish();
