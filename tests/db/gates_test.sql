-- Gates: nothing new is begun behind a closed one; what waits is woken when it opens.
\ir support/setup.sql

create function verdict_behind(p_scope text) returns text language plpgsql as $$
declare
    v_job bigint := t.job_in('validate');
    v_before text;
    v_verdict text;
begin
    perform reclaim.close_gate(p_scope, 'a drill');
    v_before := t.fingerprint();
    select verdict || coalesce(' ' || detail, '') into v_verdict from t.begin(v_job);
    if v_verdict ~ '^gate_closed' and t.fingerprint() <> v_before then
        v_verdict := v_verdict || ' but wrote';
    end if;
    perform reclaim.open_gate(p_scope, 'over');
    return v_verdict;
end;
$$;
select is(verdict_behind('all'), 'gate_closed all', 'the gate of everything stops a job before its intent, and nothing is written');
select is(verdict_behind('app:figma'), 'gate_closed app:figma', 'so does its app''s gate');
select is(verdict_behind('connector:okta'), 'gate_closed connector:okta', 'so does its connector''s gate');
select is(verdict_behind('app:zoom'), 'go', 'another app''s gate does not');
select is(verdict_behind('linear'), 'go', 'nor that of the tickets');

select t.job_in('revoke') as begun \gset
select t.setback(:begun, p_wait => '0') \g /dev/null
select t.claim() \g /dev/null
select reclaim.close_gate('all', 'stop') \g /dev/null
select is((select verdict from t.begin(:begun)), 'gate_closed', 'a closed gate stops a further attempt as well');
select is((select attempts from reclaim.job where id = :begun), 1, 'and does not charge it');

select reclaim.hand_back(array[id], array[fence], array[token], array[null::interval], array['all']) from t.lease(:begun) \g /dev/null
select is((select next from reclaim.jobs where job_id = :begun), 'waits for gate all', 'the job waits for the gate');
select is(reclaim.open_gate('all', 'go on'), 1, 'opening says how many jobs waited');
select results_eq(format('select visible_at, waiting_for from reclaim.job where id = %s', :begun),
    $$ select least(visible_at, reclaim.clock() + interval '10 seconds'), null::text from reclaim.job where waiting_for is null and id = $$ || :begun,
    'and lets them come, spread over a few seconds');
select throws_ok($$ select reclaim.open_gate('all', 'again') $$, 'RC409', $$gate 'all' is not closed$$, 'what is open cannot be opened');
select throws_ok($$ select reclaim.close_gate('figma', 'why') $$, 'RC422', $$'figma' is not a scope$$, 'a scope that would stop nothing is refused');
select throws_ok($$ select reclaim.close_gate('all', '') $$, 'RC422', null, 'a gate is not closed without a reason');
select results_eq($$ select event_type, reason_text, detail ->> 'scope', actor_ref like session_user || '%' from reclaim.journal
        where event_type like 'gate%' order by audit_id desc limit 2 $$,
    $$ values ('gate_opened', 'go on', 'all', true), ('gate_closed', 'stop', 'all', true) $$, 'each closing and opening is on record, with who and why');

-- A closing that gets an end must not leave those asleep who waited for one without.
select reclaim.close_gate('connector:okta', 'until further notice') \g /dev/null
select t.job_in('validate') as asleep \gset
select reclaim.hand_back(array[id], array[fence], array[token], array[null::interval], array['connector:okta']) from t.lease(:asleep) \g /dev/null
select reclaim.close_gate('connector:okta', 'back at one', reclaim.clock() + interval '1 hour') \g /dev/null
select fake.advance('1 hour') \g /dev/null
select is((select array_agg(j) @> array[:asleep::bigint] from t.claim() as j), true, 'a job that waits for a gate goes on when the gate''s end has come');
select is((select verdict from t.begin(:asleep)), 'go', 'and is not stopped by the closing that is over');

-- Messages wait as jobs do.
select t.job_in('deliver') as owing \gset
select reclaim.close_gate('linear', 'no key') \g /dev/null
select reclaim.record_message_setback(id, fence, token, 'ticket-' || id, null, false, false, 'credential_denied', 'no') from t.lease(:owing) \g /dev/null
select results_eq(format($$ select due_at, attempts from reclaim.outbox where job_id = %s and topic = 'ticket' $$, :owing),
    $$ values ('infinity'::timestamptz, 0) $$, 'a message whose gate a person closed waits for it, uncharged');
select is((select visible_at - reclaim.clock() from reclaim.job where id = :owing), interval '1 minute', 'its job comes back for its other message');
select is(reclaim.open_gate('linear', 'new key'), 1, 'opening counts the messages that waited');
select is((select array_agg(j) @> array[:owing::bigint] from t.claim() as j), true, 'and they are due');

-- throttle_gate: a vendor's pause.
select is(reclaim.throttle_gate('connector:okta', '30 seconds', '429'), 30000::bigint, 'a pause closes the gate for its length');
select is(reclaim.throttle_gate('connector:okta', '10 seconds', '429'), 30000::bigint, 'a shorter one does not shorten it');
select is(reclaim.throttle_gate('connector:okta', '60 seconds', '429'), 60000::bigint, 'a longer one prolongs it');
select is((select count(*) from reclaim.journal where event_type = 'gate_closed' and reason_text = '429'), 1::bigint, 'one pause is one event, however often it is prolonged');
select fake.advance('60 seconds') \g /dev/null
select is(reclaim.throttle_gate('connector:okta', '10 seconds', '429 once more'), 10000::bigint, 'after its end a new pause begins');
select is((select count(*) from reclaim.journal where event_type = 'gate_closed' and reason_text ~ '^429'), 2::bigint, 'as an event of its own');
select is(reclaim.throttle_gate('connector:okta', null, '401'), null, 'a refused credential closes until a person opens');
select is(reclaim.throttle_gate('connector:okta', '10 seconds', '429'), null, 'no pause opens that again');
select reclaim.close_gate('app:figma', 'legal asked') \g /dev/null
select is(reclaim.throttle_gate('app:figma', '10 seconds', '429'), null, 'a pause never shortens what a person closed');
select results_eq($$ select why, closed_until from reclaim.gate where scope = 'app:figma' $$, $$ values ('legal asked', 'infinity'::timestamptz) $$,
    'nor puts its own reason over theirs');
select results_eq($$ select g ->> 'scope', g ->> 'ms' from reclaim.worker_tick(t.worker()) as w, json_array_elements(w.gates::json) as g order by 1 $$,
    $$ values ('app:figma', null::text), ('connector:okta', null) $$, 'every worker hears of the closed gates');

select * from finish();
