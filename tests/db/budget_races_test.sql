-- Budgets under contention: exact, and nobody waits in a circle.
\ir support/setup.sql

create table racer (n int, job bigint, answer text);
insert into racer select n, t.approve('R' || n, 'r' || n) from generate_series(1, 64) as n;
select t.claim() \g /dev/null
select reclaim.set_budget('all', '1 hour', 'race', 10) as budget \gset
select t.open_session('gate'), t.open_session('racer-' || n) from racer where n = 1 \g /dev/null
select t.open_session('racer-' || n) from racer where n > 1 \g /dev/null

-- All 64 stand before the budget before the first may pass.
select dblink_exec('gate', 'begin') \g /dev/null
select n from dblink('gate', 'select 1 from reclaim.budget for update') as r (n int) \g /dev/null
select dblink_send_query('racer-' || n, format('select verdict from t.begin(%s)', job)) from racer \g /dev/null
select t.wait_for_waiters(64) \g /dev/null
select is((select count(distinct pid) from pg_locks where not granted), 64::bigint, '64 sessions want a unit at the same moment');
select dblink_exec('gate', 'commit') \g /dev/null
update racer set answer = t.answer_of('racer-' || n);
select results_eq($$ select answer, count(*) from racer group by 1 order by 1 $$, $$ values ('go', 10::bigint), ('held', 54) $$, 'of 64 sessions that race one budget of 10 exactly 10 may go');
select is((select count(*) from reclaim.audit where event_type = 'revoke_attempted'), 10::bigint, 'there are exactly 10 intents');
select is((select sum(units) from reclaim.budget_ledger), 10::bigint, 'and 10 units spent');
select is((select count(*) from reclaim.audit where event_type = 'budget_latched'), 1::bigint, 'it latched once');
select results_eq($$ select state, reason, count(*) from reclaim.job where state = 'held' group by 1, 2 $$, $$ values ('held', 'budget', 54::bigint) $$, 'the others are held');

-- A release against a batch that wants the budget: the batch waits, and finds it open.
select t.job_in('validate') as job \gset
select dblink_exec('racer-1', 'begin') \g /dev/null
select reclaim.set_budget('all', '1 hour', 'more', 40) \g /dev/null
select released from dblink('racer-1', 'select released from reclaim.release_budget(''all'', ''chief'', ''meant so'')') as r (released int) \gset
select dblink_send_query('racer-2', format('select verdict from t.begin(%s)', :job)) \g /dev/null
select t.wait_for_waiters() \g /dev/null
select dblink_exec('racer-1', 'commit') \g /dev/null
select is(:released || ' ' || t.answer_of('racer-2'), '30 go', 'an intent that comes while a budget is released waits for it');

-- Batches over many scopes in any order, with releases and returned units in between: all end, none by a deadlock.
select reclaim.set_budget('all', '1 minute', 'race', 1000), reclaim.set_budget('app:figma', '1 minute', 'race', 5), reclaim.set_budget('app:slack', '1 minute', 'race', 5),
    reclaim.set_budget('approver:boss', '1 minute', 'race', 1000), reclaim.set_budget('connector:okta', '1 minute', 'race', 1000) \g /dev/null
create procedure stir(p_n int, inout answer text) language plpgsql as $$
declare
    v_jobs bigint[];
begin
    for i in 1..12 loop
        if p_n = 8 then
            begin
                perform reclaim.release_budget(case when i % 2 = 0 then 'app:figma' else 'app:slack' end, 'chief', 'stir');
            exception when sqlstate 'RC409' then null;
            end;
            commit;
            continue;
        end if;
        -- As a worker does, in one transaction: begin some, and give units back.
        v_jobs := array(select id from reclaim.job where state = 'validate' and claim_token is not null and id % 7 + 1 = p_n order by random() limit 4);
        perform t.begin(variadic v_jobs);
        perform t.setback(id, 'retry', false, p_sent => false) from reclaim.job where id = any (v_jobs) and state = 'revoke' and random() < 0.5;
        commit;
    end loop;
    answer := 'ended';
end;
$$;
select t.approve('S' || n, 's' || n, '{}', (array['figma', 'slack'])[n % 2 + 1]) from generate_series(1, 140) as n \g /dev/null
select t.claim() \g /dev/null
create table stirred (n int, answer text);
select dblink_send_query('racer-' || n, format('call stir(%s, null)', n)) from generate_series(1, 8) as n \g /dev/null
insert into stirred select n, t.answer_of('racer-' || n) from generate_series(1, 8) as n;
select results_eq($$ select answer, count(*) from stirred group by 1 $$, $$ values ('ended', 8::bigint) $$, 'nobody waited in a circle');
select is_empty($$ select scope, used, units_max from reclaim.budgets where used > units_max $$, 'and no budget was overspent');

select * from finish();
