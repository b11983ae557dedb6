-- Limits of a connector under contention: exact, whoever asks at the same moment.
\ir support/setup.sql

create table racer (n int, let_through int);
insert into racer select n from generate_series(1, 32) as n;
select t.open_session('gate'), t.open_session('racer-' || n) from racer where n = 1 \g /dev/null
select t.open_session('racer-' || n) from racer where n > 1 \g /dev/null

-- 32 processes, each with four calls, all standing before the connector's row when the first may pass.
create procedure race(p_rate text, p_concurrency text, p_subject text) language plpgsql as $$
begin
    perform dblink_exec('gate', 'begin');
    perform from dblink('gate', 'select 1 from reclaim.connector_limit for update') as r (n int);
    perform dblink_send_query('racer-' || n, format('select count(permit)::text from reclaim.take_permits(''google'', %s, 20, %s,
        array_fill(false, array[4]), array_fill(%s::text, array[4]), array_fill(interval ''1 second'', array[4]), ''{}'') where place > 0',
        p_rate, p_concurrency, p_subject)) from racer;
    perform t.wait_for_waiters(32);
    perform dblink_exec('gate', 'commit');
    update racer set let_through = t.answer_of('racer-' || n)::int;
end;
$$;

select from reclaim.take_permits('google', null, 1, 7, '{}', '{}', '{}', '{}') \g /dev/null
call race('null', '7', 'null');
select is((select sum(let_through) from racer), 7::bigint, 'of 128 calls that want one of seven places at the same moment seven get one');
select is((select count(*) from reclaim.call_permit), 7::bigint, 'and hold it');
select fake.advance('1 second') \g /dev/null
call race('null', '7', 'null');
select is((select sum(let_through) from racer), 7::bigint, 'when their time is over seven others do');
select fake.advance('1 second') \g /dev/null
call race('null', 'null', '''ada''');
select is((select sum(let_through) from racer), 1::bigint, 'of 128 calls about one person one goes');
select fake.advance('1 second') \g /dev/null
-- Half of the second that a call has may be spent in line: at 10 a second, with room for late ones, 17 at once and 5 more.
call race('10', 'null', 'null');
select is((select sum(let_through) from racer), 22::bigint, 'of 128 calls at 10 a second with a burst of 20 as many go as fit');

select * from finish();
