-- The circuit breaker: calls that fail in a row close the connector's gate, and one probe at a time opens it.
\ir support/setup.sql

create function t.trouble(p_failures int, p_anew boolean default false, p_connector text default 'okta') returns int language sql as $$
    select reclaim.report_trouble(p_connector, p_failures, p_anew, 5, '2 seconds', '1 minute', 'it answered 503')
$$;
create function t.probed(p_well boolean) returns int language sql as $$ select reclaim.end_probe('okta', p_well, '2 seconds', '1 minute', 'it answered') $$;

select is(t.trouble(4), null, 'four failures in a row are borne');
select is(t.trouble(0), null, 'one call that goes well');
select is(t.trouble(4), null, 'lets the count begin anew');
select is(t.trouble(2, true), null, 'as does one in the process that reports');
select results_eq($$ select c ->> 'connector', c ->> 'troubled' from reclaim.worker_tick(t.worker()) as w, json_array_elements(w.connectors::json) as c $$,
    $$ values ('okta', 'true') $$, 'every worker hears that the last call failed, so that it reports the next that goes well');
select is((select ms between 2000 and 3000 from t.trouble(3) as ms), true, 'the fifth in a row, whichever worker saw it, closes the gate for about the first pause');
select results_eq($$ select why, closed_until, closed_by = session_user from reclaim.gate where scope = 'connector:okta' $$,
    $$ values ('5 calls in a row failed; the last: it answered 503', 'infinity'::timestamptz, true) $$, 'and says why');
select is((select count(*) from reclaim.audit where event_type = 'gate_closed'), 1::bigint, 'that is on record');
select is(t.trouble(9), null, 'calls that were under way and fail too add nothing');
select is((select count(*) from reclaim.audit where event_type = 'gate_closed'), 1::bigint, 'to the record either');

select t.job_in('validate') as job \gset
select is((select verdict from t.begin(:job)), 'gate_closed', 'no job begins');
select reclaim.hand_back(array[id], array[fence], array[token], array[null::interval], array['connector:okta']) from t.lease(:job) \g /dev/null
select is((select attempts from reclaim.job where id = :job), 0, 'or is charged');

select is(reclaim.claim_probe('okta', '10 seconds'), false, 'nobody probes before the pause is over');
select fake.advance('1 minute') \g /dev/null
select t.job_in('validate') as other \gset
select is((select verdict from t.begin(:other)), 'gate_closed', 'and the gate does not open by itself');
select is(reclaim.claim_probe('okta', '10 seconds') || ' ' || reclaim.claim_probe('okta', '10 seconds'), 'true false', 'then one worker may, and no other');
select fake.advance('10 seconds') \g /dev/null
select is(reclaim.claim_probe('okta', '10 seconds'), true, 'one that is never heard of again leaves it to the next');
select is(t.probed(false), null, 'a probe that fails leaves the gate closed');
select is((select probe_at > reclaim.clock() + interval '2 seconds' from reclaim.gate), true, 'for another pause');
select is((select visible_at from reclaim.job where id = :job), 'infinity', 'and its jobs asleep');
select fake.advance('1 minute') \g /dev/null
select is(reclaim.claim_probe('okta', '10 seconds'), true, 'the next probe');
select is(t.probed(true), 1, 'that is answered opens the gate for the jobs that waited');
select is((select count(*) from reclaim.gate), 0::bigint, 'for everybody');
select fake.advance('1 second') \g /dev/null
select is((select array_agg(j) @> array[:job::bigint] from t.claim() as j), true, 'and they are due');
select is((select reason_text from reclaim.journal where event_type = 'gate_opened'), 'it answered', 'that is on record too');
select is((select verdict from t.begin(:job)), 'go', 'and begin');

-- Pauses grow over closings until a call of a job goes well.
create table pause (n int, ms int);
do $$ begin
    for n in 1..12 loop
        insert into pause select n, t.trouble(5);
        perform fake.advance('1 minute'), reclaim.claim_probe('okta', '10 seconds'), t.probed(true);
    end loop;
end $$;
select is((select max(ms) from pause) <= 60000 and (select min(ms) from pause) >= 2000, true, 'no pause is shorter than the first or longer than the cap');
select is((select count(distinct ms) from pause where ms < 60000) >= (select count(*) from pause where ms < 60000) - 1 and (select max(ms) from pause) > 6000, true,
    'pauses differ and grow while every probe goes well and every job fails');
select t.trouble(0) \g /dev/null
select is((select ms between 2000 and 3000 from t.trouble(5) as ms), true, 'after a call that went well they begin anew');

-- What a person or the vendor has closed stays so.
select reclaim.close_gate('connector:okta', 'leave it') \g /dev/null
select fake.advance('1 hour') \g /dev/null
select is(reclaim.claim_probe('okta', '10 seconds'), false, 'nobody probes what a person has closed');
select is(t.probed(true), null, 'and no late answer to a probe opens it');
select is(t.trouble(5), null, 'nor do failures give it an end');
select is((select why from reclaim.gate), 'leave it', 'or another reason');
select reclaim.open_gate('connector:okta', 'go') \g /dev/null
select t.trouble(5) \g /dev/null
select reclaim.throttle_gate('connector:okta', null, 'it refuses the token') \g /dev/null
select fake.advance('1 hour') \g /dev/null
select is(reclaim.claim_probe('okta', '10 seconds'), false, 'nor a credential that was refused meanwhile');
select is(reclaim.open_gate('connector:okta', 'a new token'), 0, 'that a person opens, as ever');

select * from finish();
