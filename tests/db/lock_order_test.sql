-- Locks are taken in one order, so that batches that touch the same rows wait in line and never in a circle.
\ir support/setup.sql

select t.flag('a'), t.flag('b') \g /dev/null
select t.approve('A1', 'a') as a \gset
select t.approve('B1', 'b') as b \gset
select t.claim() \g /dev/null
select t.open_session('worker') \g /dev/null
select t.open_session('receiver') \g /dev/null

-- A worker holds both jobs and seats; a batch of webhooks names the seats in the other order, and a cancellation before them.
select dblink_exec('worker', 'begin') \g /dev/null
select count(*) from dblink('worker', format('select count(*) from (select from reclaim.seat where seat = %L for update) as x', 'a')) as r (n bigint) \g /dev/null
select dblink_send_query('receiver', $$ select count(*) from t.accept_all(
    t.webhook('F1', 'b', p_event => 'seat.flagged'), t.webhook('F2', 'a', p_event => 'seat.flagged')) $$) \g /dev/null
select t.wait_for_waiters() \g /dev/null
select lives_ok($$ select * from dblink('worker', 'select count(*) from (select from reclaim.seat where seat = ''b'' for update nowait) as x') as r (n bigint) $$,
    'a batch of flags that waits for one seat has not locked one behind it');
select dblink_exec('worker', 'commit') \g /dev/null
select is((select n from dblink_get_result('receiver') as r (n bigint)), 2::bigint, 'and goes on when the seats are free');
select count(*) from dblink_get_result('receiver') as r (n bigint) \g /dev/null

select dblink_exec('worker', 'begin') \g /dev/null
select count(*) from dblink('worker', format('select count(*) from (select from reclaim.job where id = %s for update) as x', :a)) as r (n bigint) \g /dev/null
select dblink_send_query('receiver', $$ select count(*) from t.accept_all(t.webhook('F3', 'a', p_event => 'seat.flagged'),
    t.webhook('B1', p_event => 'seat.removal.cancelled', p_delivery => 'c1'), t.webhook('A1', p_event => 'seat.removal.cancelled', p_delivery => 'c2')) $$) \g /dev/null
select t.wait_for_waiters() \g /dev/null
select lives_ok(format($$ select * from dblink('worker', 'select count(*) from (select from reclaim.job where id = %s for update nowait) as x') as r (n bigint) $$, :b),
    'a batch of cancellations that waits for one job has not locked a later one');
select lives_ok($$ select * from dblink('worker', 'select count(*) from (select from reclaim.seat where seat = ''a'' for update nowait) as x') as r (n bigint) $$,
    'nor any seat');
select dblink_exec('worker', 'commit') \g /dev/null
select is((select n from dblink_get_result('receiver') as r (n bigint)), 3::bigint, 'and goes on when the jobs are free');

select * from finish();
