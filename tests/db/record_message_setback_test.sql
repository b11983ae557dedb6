-- record_message_setback: a message that could not be delivered, now or ever.
\ir support/setup.sql

create function setback(p_job bigint, p_topic text, p_wait interval, p_charged boolean, p_final boolean) returns boolean language sql as $$
    select reclaim.record_message_setback(l.id, l.fence, l.token, m.message_id, p_wait, p_charged, p_final, 'http_500', 'it answered 500')
    from t.lease(p_job) as l, (select message_id from reclaim.outbox where job_id = p_job and topic = p_topic and state = 'pending' limit 1) as m
$$;
select t.job_in('deliver') as job \gset
select is(setback(:job, 'ticket', '5 seconds', true, false), true, 'a setback is recorded');
select results_eq(format($$ select state, attempts, due_at - reclaim.clock(), last_error from reclaim.outbox where job_id = %s and topic = 'ticket' $$, :job),
    $$ values ('pending', 1, '5 seconds'::interval, 'http_500') $$, 'the message is due again after its back-off, one attempt charged');
select results_eq(format('select visible_at - reclaim.clock(), claim_token, state from reclaim.job where id = %s', :job),
    $$ values ('5 seconds'::interval, null::uuid, 'deliver') $$, 'the job is given back until then');
select fake.advance('5 seconds') \g /dev/null
select t.claim() \g /dev/null
select setback(:job, 'ticket', '30 seconds', false, false) \g /dev/null
select is((select attempts from reclaim.outbox where job_id = :job and topic = 'ticket'), 1, 'a pause is not charged');
select is((select attempts from reclaim.job where id = :job), 0, 'trouble with a message never charges the removal');

select fake.advance('30 seconds') \g /dev/null
select t.claim() \g /dev/null
select setback(:job, 'ticket', null, true, true) \g /dev/null
select is((t.events(:job))[4], 'ticket_failed', 'a ticket given up is an event');
select results_eq(format($$ select state, due_at, body is not null, body::json #>> '{data,ticket,state}', body::json #>> '{data,outcome}' from reclaim.outbox
        where job_id = %s and topic = 'confirmation' $$, :job),
    $$ values ('pending', reclaim.clock(), true, 'failed', 'removed') $$, 'the confirmation waits no longer: it says that the seat is removed and the ticket failed');
select is((select visible_at from reclaim.job where id = :job), reclaim.clock(), 'and is due now');
select t.claim() \g /dev/null
select setback(:job, 'confirmation', null, true, true) \g /dev/null
select is(t.state(:job), 'done:removed', 'a confirmation given up ends the job, and the removal stands');
select is((t.events(:job))[5], 'confirmation_failed', 'its end is told by an event');
select is((select array_agg(state) from reclaim.outbox where job_id = :job), '{undeliverable,undeliverable}', 'nothing of it is left pending');

select t.job_in('deliver') as sent \gset
select message_id as id from reclaim.outbox where job_id = :sent and topic = 'confirmation' \gset
select reclaim.freeze_message(id, fence, token, :'id') as bytes from t.lease(:sent) \gset
select setback(:sent, 'ticket', null, true, true) \g /dev/null
select is((select body from reclaim.outbox where message_id = :'id'), :'bytes', 'a confirmation that may have left keeps its bytes, whatever becomes of the ticket');

select t.job_in('held') as held \gset
select setback(:held, 'confirmation', null, true, true) \g /dev/null
select results_eq(format('select state, visible_at from reclaim.job where id = %s', :held), $$ values ('held', 'infinity'::timestamptz) $$,
    'a held job whose requester cannot be told stays held');

select t.job_in('deliver') as mine \gset
select t.job_in('deliver') as other \gset
select reclaim.record_message_setback(id, fence, token, 'ticket-' || :other, null, true, true, 'x', 'x') from t.lease(:mine) \g /dev/null
select is((select state from reclaim.outbox where message_id = 'ticket-' || :other), 'pending', 'the holder of one job cannot give up another''s message');

select * from finish();
