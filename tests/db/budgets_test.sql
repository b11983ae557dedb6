-- Budgets: a unit for each intent, exactly; a latch that a person opens; units that come back.
\ir support/setup.sql

create function used(p_scope text) returns bigint language sql as $$ select max(used) from reclaim.budgets where scope = p_scope $$;
create function state_of(p_scope text) returns text language sql as $$ select max(state) from reclaim.budgets where scope = p_scope $$;
create function due_jobs(p_count int, p_app text default 'figma', p_facts jsonb default '{}') returns bigint[] language plpgsql as $$
declare
    v_jobs bigint[] := '{}';
    v_name text;
begin
    for i in 1..p_count loop
        v_name := p_app || '-' || nextval('t.number');
        v_jobs := v_jobs || t.approve(v_name, v_name, p_facts, p_app);
    end loop;
    perform t.claim();
    return v_jobs;
end;
$$;
create function verdicts(p_jobs bigint[]) returns text language sql as $$
    select string_agg(n || ' ' || verdict, ', ' order by verdict) from (select verdict, count(*) as n from t.begin(variadic p_jobs) group by 1) as v
$$;

-- Setting.
select throws_ok($$ select reclaim.set_budget('figma', '1 hour', 'x', 5) $$, 'RC422', '''figma'' is not a scope of a budget', 'a scope is one of four');
select throws_ok($$ select reclaim.set_budget('all', '1 hour', '', 5) $$, 'RC422', null, 'a budget needs a reason');
select throws_ok($$ select reclaim.set_budget('all', '0', 'x', 5) $$, 'RC422', null, 'and a window');
select throws_ok($$ select reclaim.set_budget('all', '1 hour', 'x') $$, 'RC422', null, 'and a limit');
select throws_ok($$ select reclaim.set_budget('all', '1 hour', 'x', 0) $$, 'RC422', null, 'of at least one');
select throws_ok($$ select reclaim.set_budget('connector:okta', '1 hour', 'x', null, 5) $$, 'RC422', null, 'percent are of an app''s seats');
select is(verdicts(due_jobs(3)), '3 go', 'without a budget nothing is limited');

-- Spending, and the latch.
select reclaim.set_budget('app:figma', '1 hour', 'start small', 5) as budget \gset
select due_jobs(4) as first \gset
select is(verdicts(:'first'), '4 go', 'within a budget all go');
select is((select used || ' ' || state from reclaim.budgets), '4 warning', 'at 80 % it warns');
select is((select budgets_short from reclaim.queue_health), 'app:figma 4/5 warning', 'on the dashboard too');
select is((select count(*) from reclaim.health_check() where problem like 'budget app:figma % nearly spent: 4 of 5 %'), 1::bigint, 'and among what is wrong');
select is((select detail -> 'units' from reclaim.audit where event_type = 'revoke_attempted' and job_id = (:'first'::bigint[])[4])::text,
    format('[{"budget" : %s, "used" : 4, "max" : 5}]', :budget), 'the intent says how much was spent with it');
select due_jobs(3) as second \gset
select is(verdicts(:'second'), '1 go, 2 held', 'what has no unit is held');
select is((select string_agg(state, ' ' order by id) from reclaim.job where id = any (:'second')), 'revoke held held', 'the oldest goes');
select is((select distinct reason from reclaim.job where id = any (:'second') and state = 'held'), 'budget', 'the reason is budget');
select is((select b #>> '{data,reason}' from t.body((:'second'::bigint[])[2]) as b), 'budget', 'its requester is told');
select is(state_of('app:figma'), 'latched', 'the budget latches');
select is((select detail::text from reclaim.audit where event_type = 'budget_latched'), format('{"budget" : %s, "used" : 5, "max" : 5}', :budget), 'which is on record once');
select fake.advance('1 hour') \g /dev/null
select is(used('app:figma'), 0::bigint, 'units come free when the window has passed');
select due_jobs(1) as late \gset
select is(verdicts(:'late'), '1 held', 'but the latch holds');
select is((select jobs_held from reclaim.budgets), 3, 'the view counts what it holds');
select reclaim.release((:'late'::bigint[])[1], 'by itself') \g /dev/null
select t.claim() \g /dev/null
select is(verdicts(:'late'), '1 held', 'a job that is released by itself meets the latch again');
select is(verdicts(due_jobs(1, 'slack')), '1 go', 'another app is not concerned');
select throws_ok($$ select reclaim.drop_budget('app:figma', '1 hour', 'x') $$, 'RC409', null, 'a latched budget is not dropped');
select reclaim.set_budget('app:figma', '1 hour', 'more', 6) \g /dev/null
select is(state_of('app:figma'), 'latched', 'nor does a new limit open it');

-- Release.
select throws_ok($$ select reclaim.release_budget('app:figma', 'BOSS', 'fine') $$, 'RC403', null, 'not by who approved a held job');
select throws_ok($$ select reclaim.release_budget('app:figma', 'Boss@example.com', 'fine') $$, 'RC403', null, 'nor with another domain behind the name');
set application_name = 'boss@example.com';
select throws_ok($$ select reclaim.release_budget('app:figma', 'chief', 'fine') $$, 'RC403', null, 'nor through a gateway that says who is at the session');
reset application_name;
select throws_ok($$ select reclaim.release_budget('app:figma', 'chief', '') $$, 'RC422', null, 'not without a reason');
select throws_ok($$ select reclaim.release_budget('app:figma', '', 'fine') $$, 'RC422', null, 'not without a name');
drop role if exists boss;
create role boss superuser;
set session authorization boss;
select throws_ok($$ select reclaim.release_budget('app:figma', 'chief', 'fine') $$, 'RC403', null, 'nor under another name, from their own login');
reset session authorization;
drop role boss;
select reclaim.set_budget('app:figma', '1 hour', 'less', 2) \g /dev/null
select results_eq($$ select released, still_held from reclaim.release_budget('app:figma', 'chief', 'meant so') $$, $$ values (2, 1) $$,
    'released, as many go on as there are units');
select is((select string_agg(state, ' ' order by id) from reclaim.job where id = any (:'second' || :'late'::bigint[])), 'revoke validate validate held', 'oldest first');
select is((select reason_text from reclaim.journal where event_type = 'budget_released'), 'app:figma: chief: meant so', 'who decided, and why, is in the journal');
select is((select count(*) from reclaim.audit where event_type like 'budget%' and detail::text ~ 'chief|boss|figma'), 0::bigint, 'while the log names nobody');
select t.claim() \g /dev/null
select is(verdicts((:'second'::bigint[])[2:3]), '2 go', 'and they pass');
select fake.advance('1 hour') \g /dev/null
select results_eq($$ select released, still_held from reclaim.release_budget('app:figma', 'chief', 'the rest') $$, $$ values (1, 0) $$, 'called again it lets the rest go on');
select throws_ok($$ select reclaim.release_budget('app:figma', 'chief', 'x') $$, 'RC409', null, 'then there is nothing to release');
select t.claim() \g /dev/null
select is(verdicts(:'late'), '1 go', 'and that passes too');
select reclaim.drop_budget('app:figma', '1 hour', 'the next tests') \g /dev/null
select throws_ok($$ select reclaim.drop_budget('app:figma', '1 hour', 'x') $$, 'RC404', null, 'a budget is dropped once');

-- Several scopes: a unit of each or of none.
select reclaim.set_budget('all', '1 day', 't', 6), reclaim.set_budget('app:figma', '1 day', 't', 2), reclaim.set_budget('approver:Boss', '1 day', 't', 100),
    reclaim.set_budget('connector:okta', '1 hour', 't', 100), reclaim.set_budget('connector:okta', '1 day', 't', 100) \g /dev/null
select due_jobs(4) as figma \gset
select due_jobs(4, 'slack') as slack \gset
select is(verdicts(:'figma' || :'slack'::bigint[]), '6 go, 2 held', 'a job that one scope holds takes no unit of the others');
select is((select string_agg(format('%s %s %s', scope, used, state), ', ' order by scope, window_length) from reclaim.budgets),
    'all 6 warning, app:figma 2 latched, approver:boss 6 ok, connector:okta 6 ok, connector:okta 6 ok', 'each scope counts what it covers, and only the one that was short latches');
select is(verdicts(due_jobs(1, 'slack', '{"approver": "somebody"}')), '1 held', 'the next one finds the widest scope spent');
select is(state_of('all'), 'latched', 'which latches in its turn');
select results_eq($$ select released, still_held from reclaim.release_budget('all', 'chief', 'x') $$, $$ values (0, 1) $$, 'released without units it holds on to its jobs');
select reclaim.release_budget('app:figma', 'chief', 'x') \g /dev/null
select reclaim.cancel(id, 'the next tests') from reclaim.job where state = 'held' and reason in ('budget', 'app_seats_not_known') \g /dev/null
select reclaim.drop_budget(scope, window_length, 'the next tests') from reclaim.budgets \g /dev/null
select is((select count(*) from reclaim.budget_ledger), 0::bigint, 'nothing is left of what nobody counts any more');

-- Only what may go spends.
select reclaim.set_budget('all', '1 day', 't', 1) \g /dev/null
select due_jobs(3) as mixed \gset
select reclaim.unflag_seat(app, seat) from reclaim.approval where id = (:'mixed'::bigint[])[1] \g /dev/null
select reclaim.close_gate('app:figma', 't') \g /dev/null
select is(verdicts(:'mixed'), '3 gate_closed', 'behind a closed gate nothing is spent');
select reclaim.open_gate('app:figma', 't') \g /dev/null
select is(verdicts((:'mixed'::bigint[])[1:2]), '1 concluded, 1 go', 'what a guard refuses spends nothing');
select t.approve('again', seat, '{}') as rival from reclaim.approval where id = (:'mixed'::bigint[])[3] \gset
select t.claim() \g /dev/null
select is(verdicts(array[(:'mixed'::bigint[])[3], :rival]), '2 held', 'a rival for the seat of a job that is held has not lost to it');
select reclaim.cancel(id, 'the next tests') from reclaim.job where state = 'held' and reason in ('budget', 'app_seats_not_known') \g /dev/null
select reclaim.release_budget('all', 'chief', 't') \g /dev/null
select reclaim.drop_budget('all', '1 day', 'the next tests') \g /dev/null

select reclaim.set_budget('all', '1 day', 't', 5) \g /dev/null
select t.approve('first of two', 'two'), t.approve('second of two', 'two') \g /dev/null
select array_agg(job_id order by job_id) as rivals from t.claim() as job_id \gset
select is(verdicts(:'rivals'), '1 concluded, 1 go', 'where nothing is held a rival loses as without a budget');
select reclaim.drop_budget('all', '1 day', 'the next tests') \g /dev/null

-- Units that come back, and units that do not.
select reclaim.set_budget('all', '1 day', 't', 100) \g /dev/null
select due_jobs(1) as jobs \gset
select (:'jobs'::bigint[])[1] as job \gset
select t.begin(:job) \g /dev/null
select t.setback(:job, 'retry', false, p_sent => false) \g /dev/null
select is(used('all'), 0::bigint, 'an attempt that certainly sent nothing gives its unit back');
select fake.advance('10 seconds') \g /dev/null
select t.claim() \g /dev/null
select t.begin(:job) \g /dev/null
select is(used('all'), 1::bigint, 'and takes one again when it begins again');
select t.setback(:job, 'retry', false) \g /dev/null
select is(used('all'), 1::bigint, 'one that sent something keeps it, also where a look shows the seat as held');
select fake.advance('10 seconds') \g /dev/null
select t.claim() \g /dev/null
select is((select verdict from t.begin(:job)), 'go', 'and goes on') ;
select is(used('all'), 1::bigint, 'with that unit: it does not pay twice');
select is((select unit_at = reclaim.clock() from reclaim.job where id = :job), true, 'which now counts from the new intent');
select t.setback(:job, 'refused', false, p_sent => false) \g /dev/null
select is(used('all'), 1::bigint, 'what was sent once is never given back');
select due_jobs(1) as jobs \gset
select (:'jobs'::bigint[])[1] as job \gset
select t.begin(:job) \g /dev/null
select t.setback(:job, 'retry', true) \g /dev/null
select fake.advance('10 seconds') \g /dev/null
select t.claim() \g /dev/null
select is((select verdict from t.begin(:job)) || ' ' || used('all'), 'go 2', 'an attempt that goes on in revoke has its unit already');
select reclaim.drop_budget('all', '1 day', 'the next tests') \g /dev/null
-- The last unit is its own.
select reclaim.set_budget('all', '1 day', 't', 1) \g /dev/null
select due_jobs(1) as jobs \gset
select (:'jobs'::bigint[])[1] as job \gset
select t.begin(:job) \g /dev/null
select t.setback(:job, 'retry', false) \g /dev/null
select fake.advance('10 seconds') \g /dev/null
select t.claim() \g /dev/null
select is((select verdict from t.begin(:job)) || ' ' || state_of('all'), 'go warning', 'a job is never in its own way');
select reclaim.drop_budget('all', '1 day', 'the next tests') \g /dev/null

-- The window rolls.
select reclaim.set_budget('all', '1 hour', 't', 2) \g /dev/null
select is(verdicts(due_jobs(1)), '1 go', 'at 0:00 one');
select fake.advance('30 minutes') \g /dev/null
select is(verdicts(due_jobs(1)), '1 go', 'at 0:30 another');
select fake.advance('29 minutes 59 seconds') \g /dev/null
select is(used('all'), 2::bigint, 'at 0:59:59 both count');
select fake.advance('1 second') \g /dev/null
select is(verdicts(due_jobs(1)), '1 go', 'at 1:00 the first is free again');
select is(verdicts(due_jobs(1)), '1 held', 'and only that one');
select is((select count(*) from reclaim.budget_ledger), 2::bigint, 'what no window reaches is deleted');
select reclaim.release_budget('all', 'chief', 't') \g /dev/null
select reclaim.drop_budget('all', '1 hour', 'the next tests') \g /dev/null
select reclaim.cancel(id, 'the next tests') from reclaim.job where state = 'held' and reason in ('budget', 'app_seats_not_known') \g /dev/null

-- Percent.
select reclaim.set_budget('app:figma', '1 day', 't', null, 5) \g /dev/null
select due_jobs(3) as jobs \gset
select is(verdicts((:'jobs'::bigint[])[1:1]), '1 held', 'percent of an unknown number: nobody can say, so it is held');
select is((select reason from reclaim.job where id = (:'jobs'::bigint[])[1]) || ' ' || state_of('app:figma'), 'app_seats_not_known unknown', 'for that reason, and without a latch');
select reclaim.report_app_seats('figma', 59) \g /dev/null
select is((select units_max from reclaim.budgets), 2::bigint, '5 % of 59 seats are two');
select is(verdicts((:'jobs'::bigint[])[2:3]), '2 go', 'which may go');
select is(verdicts(due_jobs(1)), '1 held', 'a third may not');
select reclaim.report_app_seats('figma', 3) \g /dev/null
select is((select units_max from reclaim.budgets), 1::bigint, 'of a few seats it is one');
select reclaim.set_budget('app:figma', '1 day', 't', 40, 50), reclaim.report_app_seats('figma', 100) \g /dev/null
select is((select units_max from reclaim.budgets), 40::bigint, 'the smaller of count and percentage counts');
select fake.advance('7 days') \g /dev/null
select is((select units_max from reclaim.budgets), null, 'a number that is a week old is no number');

select * from finish();
