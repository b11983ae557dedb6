-- later looks: after a removal the vendor is looked at again on a schedule; what is still gone, back, or not to be read.
\ir support/setup.sql

-- A removal whose first look is due in an hour, done with its messages.
create function removed(p_seat text, p_first interval default '1 hour') returns bigint language plpgsql as $$
declare
    v_job bigint := t.approve('A-' || p_seat, p_seat);
begin
    perform t.claim();
    perform t.begin(v_job);
    perform reclaim.record_removals(array[id], array[fence], array[token], '{removed}', '{null}', '{DELETE}', '{204}', '{r}', '{"{}"}',
        '{null}', array[''], '{okta}', '1 minute', array[p_first]) from t.lease(v_job);
    perform t.confirm(v_job);
    return v_job;
end;
$$;
create function look(p_max int default 10) returns setof bigint language sql as $$
    select job_id from reclaim.claim_looks(p_max, interval '15 seconds', '{figma}', '{okta}')
$$;
create function seen(p_job bigint, p_seen text, p_wait interval default null, p_reason text default null) returns setof bigint language sql as $$
    select reclaim.record_looks(array[job_id], array[fence], array[claim_token], array[p_seen], array[p_reason], array[p_wait],
        array['GET /users/{subject}'], '{200}', '{r-9}', '{"{}"}', '{okta}') from reclaim.later_look where job_id = p_job
$$;
create function row_of(p_job bigint) returns text language sql as $$
    select format('%s looks, %s tries, %s', looks, tries, case when due_at = 'infinity' then 'never' else (due_at - reclaim.clock())::text end)
    from reclaim.later_look where job_id = p_job
$$;

select removed('ada') as ada \gset
select is(row_of(:ada), '0 looks, 0 tries, 01:00:00', 'a removal is to be looked at again, an hour later');
select removed('never', null) as unwatched \gset
select is(row_of(:unwatched), null, 'unless its app wants no look');
select is_empty('select * from look()', 'nothing is looked at before it is due');
select fake.advance('1 hour') \g /dev/null
select results_eq($$ select job_id, looks, app, seat, subject, email, connector, operation_key = (select operation_key from reclaim.audit
        where job_id = (select max(job_id) from reclaim.later_look) and event_type = 'revoke_attempted')
    from reclaim.claim_looks(10, interval '15 seconds', '{figma}', '{okta}') $$,
    format($$ values (%s::bigint, 0, 'figma', 'ada', 'user-of-ada', 'ada@example.com', 'okta', true) $$, :ada),
    'then a worker gets whom to look for where, and the key of the removal');
select is_empty('select * from look()', 'and no other worker does meanwhile');
select is((select count(*) from reclaim.unproven_removals), 0::bigint, 'a look that is due is no worry yet');

select is(seen(:ada, 'gone', '1 day'), :ada::bigint, 'still gone: recorded');
select is(t.events(:ada), '{received,revoke_attempted,revoke_confirmed,requester_confirmed,verified_absent}', 'with an event, after the end of the job');
select results_eq(format($$ select outcome, attempt, connector, provider_operation, provider_status, provider_request_id, actor_kind from reclaim.audit
        where job_id = %s and event_type = 'verified_absent' $$, :ada),
    $$ values ('ok', 1, 'okta', 'GET /users/{subject}', 200, 'r-9', 'worker') $$, 'that says what was seen and how');
select is(row_of(:ada), '1 looks, 0 tries, 23:00:00', 'and the next look counts from the removal');
select is((select event_seq from reclaim.job_done where id = :ada), 5, 'the job''s story is counted on where the job rests');

-- A worker that lost its look.
select fake.advance('1 day') \g /dev/null
select look() \g /dev/null
select fence, claim_token as token from reclaim.later_look where job_id = :ada \gset
select fake.advance('16 seconds') \g /dev/null
select is((select look()), :ada::bigint, 'the look of a worker that died is another''s after the lease');
select is_empty(format($$ select reclaim.record_looks(array[%s::bigint], array[%s::bigint], array[%L::uuid], '{back}', '{null}', array[null::interval],
    '{x}', '{200}', '{null}', '{"{}"}', '{okta}') $$, :ada, :fence, :'token'), 'and what the first one saw is not recorded any more');
select is((select count(*) from reclaim.audit where event_type = 'drift_found'), 0::bigint, 'not even a drift');

-- Not to be read.
select is(seen(:ada, 'unread', '2 minutes', 'vendor_fault'), :ada::bigint, 'a look that could not be read is recorded');
select is(row_of(:ada), '1 looks, 1 tries, 00:02:00', 'and tried again after a while');
select results_eq('select seat, why, looks_done, tries, since = reclaim.clock(), next like ''looks again at %'' from reclaim.unproven_removals',
    $$ values ('ada', 'vendor_fault', 1, 1, true, true) $$, 'meanwhile the removal is listed as unproven');
select is(array_length(t.events(:ada), 1), 5, 'the log does not fill with tries');
select fake.advance('2 minutes') \g /dev/null
select look() \g /dev/null
select seen(:ada, 'put_off', '1 minute', 'throttled') \g /dev/null
select is(row_of(:ada), '1 looks, 1 tries, 00:01:00', 'a pause that the vendor asked for counts no try');
select fake.advance('1 minute') \g /dev/null
select look() \g /dev/null
select seen(:ada, 'given_up', null, 'vendor_fault') \g /dev/null
select is(row_of(:ada), '1 looks, 2 tries, never', 'given up, it is looked at no more');
select is((select array_agg(event_type || ' ' || outcome || ' ' || reason_code) from reclaim.audit where job_id = :ada and event_seq > 5), '{look_failed unknown vendor_fault}',
    'which is an event');
select results_eq('select why, tries, reclaim.clock() - since, next from reclaim.unproven_removals',
    format($$ values ('vendor_fault', 2, '3 minutes'::interval, 'select reclaim.look_again(%s, ''why'');') $$, :ada), 'and it stays listed, since when and why, with what to do');
select throws_ok(format('select reclaim.look_again(%s, '''')', :ada), 'RC422', null, 'look_again wants a reason');
select throws_ok(format('select reclaim.look_again(%s, ''x'')', :unwatched), 'RC404', null, 'and a removal that still waits for a look');
select is(reclaim.look_again(:ada, 'the vendor is well again'), 'due', 'a person has it looked at again');
select is((select look()), :ada::bigint, 'at once');
select seen(:ada, 'gone') \g /dev/null
select is(row_of(:ada), null, 'after the last look of its schedule nothing is left to do');
select is_empty('select * from reclaim.unproven_removals', 'and it is proven');
select is((t.events(:ada))[6:8], '{look_failed,requeued,verified_absent}', 'the whole of it stands in the log');

-- Access is back.
select removed('bob') as bob \gset
select fake.advance('1 hour') \g /dev/null
select look() \g /dev/null
select seen(:bob, 'back', null, 'held') \g /dev/null
select results_eq(format($$ select event_type, outcome, reason_code, app, seat, subject from reclaim.journal where job_id = %s order by event_seq desc limit 1 $$, :bob),
    $$ values ('drift_found', 'drift', 'held', 'figma', 'bob', 'user-of-bob') $$, 'access that is back is an event that says whose');
select is(row_of(:bob), null, 'it is a person''s case from there');
select is((select state from reclaim.seat where seat = 'bob'), 'removed', 'and nothing is repaired');

-- A job that still tells its requester.
select t.job_in('ticketed') as telling \gset
insert into reclaim.later_look (job_id, removed_at, due_at) values (:telling, reclaim.clock(), reclaim.clock());
select look() \g /dev/null
select seen(:telling, 'gone') \g /dev/null
select is((select array_agg(event_seq order by event_seq) = array_agg(n order by n) from reclaim.audit, generate_series(1, 5) as n
    where job_id = :telling and n = event_seq), true, 'events of a job that is still open follow on one another too');
select t.confirm(:telling) \g /dev/null
select is((select array_agg(event_seq order by event_seq) from reclaim.audit where job_id = :telling), '{1,2,3,4,5,6}', 'without a gap to its end');

-- Gates.
select removed('cy') as cy \gset
select fake.advance('1 hour') \g /dev/null
select reclaim.close_gate('connector:okta', 'stop') \g /dev/null
select is_empty('select * from look()', 'a closed gate stops looks too');
select results_eq('select why, tries, since = reclaim.clock() from reclaim.unproven_removals', $$ values ('gate_closed', 0, true) $$, 'which the view says');
select is(row_of(:cy), '0 looks, 0 tries, 00:01:00', 'and they come back to it');
select reclaim.open_gate('connector:okta', 'go') \g /dev/null
select reclaim.set_mode('figma', 'plan', 'dry') \g /dev/null
select fake.advance('1 minute') \g /dev/null
select is_empty('select * from look()', 'in mode plan no vendor is asked anything');
select is((select why from reclaim.unproven_removals), 'mode_is_plan', 'which the view says too');
select reclaim.set_mode('figma', 'live', 'wet') \g /dev/null
select fake.advance('1 minute') \g /dev/null
select is_empty($$ select * from reclaim.claim_looks(10, interval '15 seconds', '{slack}', '{okta}') $$, 'a worker that does not know the app leaves it to others');
select is((select why from reclaim.unproven_removals), 'app_not_configured', 'and says so');
select fake.advance('1 minute') \g /dev/null
select is((select look()), :cy::bigint, 'who knows it looks');
select seen(:cy, 'gone', '1 day') \g /dev/null
select is_empty('select * from reclaim.unproven_removals', 'what could be read is proven again');

-- Nobody comes.
select fake.advance('23 hours 28 minutes') \g /dev/null
select is_empty('select * from reclaim.unproven_removals', 'half an hour late is not overdue');
select fake.advance('1 hour') \g /dev/null
select results_eq('select seat, why, reclaim.clock() - since < ''3 hours'', next from reclaim.unproven_removals', $$ values ('cy', 'overdue', true, 'due now') $$,
    'a look that nobody came to for an hour is listed');

-- Forgotten.
select reclaim.erase_identity('subject', 'user-of-cy', 'request 9') \g /dev/null
select is(row_of(:cy), null, 'who is forgotten is not looked for');
insert into reclaim.later_look (job_id, removed_at, due_at) values (:cy, reclaim.clock(), reclaim.clock());
select is_empty('select * from look()', 'not even by a row that slipped in');
select is(row_of(:cy), null, 'which goes');

-- Order.
select removed(s) from unnest('{late,later}'::text[]) as s \g /dev/null
select fake.advance('1 hour') \g /dev/null
select results_eq($$ select seat from reclaim.claim_looks(1, interval '15 seconds', '{figma}', '{okta}') $$, $$ values ('late') $$, 'no more than asked for, the longest due first');

select * from finish();
