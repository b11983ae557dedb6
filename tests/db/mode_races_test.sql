-- Modes under contention: a canary is exact, and a mode that has changed holds for whoever begins after it.
\ir support/setup.sql

create table racer (n int, job bigint, answer text);
insert into racer select n, t.approve('R' || n, 'r' || n) from generate_series(1, 64) as n;
select t.claim() \g /dev/null
select reclaim.set_mode('figma', 'canary', 'race', 10) \g /dev/null
select t.open_session('gate') \g /dev/null
select t.open_session('racer-' || n) from racer \g /dev/null

-- All 64 stand before the canary before the first may pass.
select dblink_exec('gate', 'begin') \g /dev/null
select n from dblink('gate', 'select 1 from reclaim.app_mode where app = ''figma'' for update') as r (n int) \g /dev/null
select dblink_send_query('racer-' || n, format('select verdict from t.begin(%s)', job)) from racer \g /dev/null
select t.wait_for_waiters(64) \g /dev/null
select is((select count(distinct pid) from pg_locks where not granted), 64::bigint, '64 sessions want a place at the same moment');
select dblink_exec('gate', 'commit') \g /dev/null
update racer set answer = t.answer_of('racer-' || n);
select results_eq($$ select answer, count(*) from racer group by 1 order by 1 $$, $$ values ('go', 10::bigint), ('held', 54) $$,
    'of 64 sessions that race a canary of 10 exactly 10 may go');
select is((select count(*) from reclaim.audit where event_type = 'revoke_attempted'), 10::bigint, 'there are exactly 10 intents');
select results_eq($$ select reason, count(*) from reclaim.job where state = 'held' group by 1 $$, $$ values ('canary_done', 54::bigint) $$, 'the others are held');

-- An intent that is being committed under live: set_mode waits for it, and lists it.
select reclaim.set_mode('figma', 'live', 'race') \g /dev/null
select t.job_in('validate') as first \gset
select t.job_in('validate') as second \gset
select dblink_exec('racer-1', 'begin') \g /dev/null
select verdict as early from dblink('racer-1', format('select verdict from t.begin(%s)', :first)) as r (verdict text) \gset
select dblink_send_query('racer-2', 'select mode || begun::text from reclaim.set_mode(''figma'', ''plan'', ''race'')') \g /dev/null
select t.wait_for_waiters() \g /dev/null
-- And who begins after it waits for it in turn.
select dblink_send_query('racer-3', format('select verdict from t.begin(%s)', :second)) \g /dev/null
select t.wait_for_waiters(2) \g /dev/null
select dblink_exec('racer-1', 'commit') \g /dev/null
select is(:'early' || ' ' || (t.answer_of('racer-2') ~ ('^plan.*\m' || :first || '\M')), 'go true', 'set_mode waits for an intent that read the old mode, and names its job');
select is(t.answer_of('racer-3'), 'held', 'what begins after it follows the new mode');

-- Modes, canaries, budgets and releases in any order: all end, none by a deadlock, and no canary is overspent.
select reclaim.set_budget('app:figma', '1 hour', 'race', 40), reclaim.set_mode('*', 'canary', 'race', 20) \g /dev/null
create procedure stir(p_n int, inout answer text) language plpgsql as $$
declare
    v_jobs bigint[];
begin
    for i in 1..15 loop
        if p_n = 8 then
            perform reclaim.set_mode((array['figma', '*', 'slack'])[i % 3 + 1], 'canary', 'stir', i);
        else
            v_jobs := array(select id from reclaim.job where state in ('validate', 'held') and claim_token is not null and id % 7 + 1 = p_n order by random() limit 4);
            perform t.begin(variadic v_jobs);
            perform t.setback(id, 'retry', false, p_sent => false) from reclaim.job where id = any (v_jobs) and state = 'revoke' and random() < 0.5;
        end if;
        commit;
    end loop;
    answer := 'ended';
end;
$$;
select t.approve('S' || n, 's' || n, '{}', (array['figma', 'slack', 'zoom'])[n % 3 + 1]) from generate_series(1, 140) as n \g /dev/null
select t.claim() \g /dev/null
select dblink_send_query('racer-' || n, format('call stir(%s, null)', n)) from generate_series(1, 8) as n \g /dev/null
create table stirred as select t.answer_of('racer-' || n) as answer from generate_series(1, 8) as n;
select results_eq($$ select answer, count(*) from stirred group by 1 $$, $$ values ('ended', 8::bigint) $$, 'nobody waited in a circle');
select is_empty($$ select app, canary_begun, canary_max from reclaim.modes where canary_begun > canary_max $$, 'and no canary has more than its number');

select * from finish();
