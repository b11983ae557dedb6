-- record_tickets: the confirmation names the ticket, or an update follows when it left without.
\ir support/setup.sql

select t.job_in('deliver') as job \gset
create table answer as select * from t.open_ticket(:job);
select is((select count(*) from answer), 1::bigint, 'an open ticket is answered with the confirmation to send');
select results_eq('select a.message_id, a.body, o.body is not null, o.due_at from answer a join reclaim.outbox o using (message_id)',
    format($$ select message_id, body, true, reclaim.clock() from reclaim.outbox where job_id = %s and topic = 'confirmation' $$, :job),
    'it is the one that waited, now frozen and due');
select results_eq($$ select body::json #>> '{data,ticket,state}', body::json #>> '{data,ticket,identifier}', body::json #>> '{data,ticket,url}' from answer $$,
    $$ values ('opened', 'OPS-7', 'https://linear.example/OPS-7') $$, 'and it names the ticket');
select results_eq(format($$ select state, identifier, url from reclaim.outbox where job_id = %s and topic = 'ticket' $$, :job),
    $$ values ('delivered', 'OPS-7', 'https://linear.example/OPS-7') $$, 'the ticket is delivered');
select is((t.events(:job))[4], 'ticket_opened', 'the audit says so');
select is((select count(*) from t.open_ticket(:job)), 0::bigint, 'a ticket is not recorded twice');

select t.job_in('deliver') as slow \gset
select message_id as sent from reclaim.outbox where job_id = :slow and topic = 'confirmation' \gset
select reclaim.freeze_message(id, fence, token, :'sent') as bytes from t.lease(:slow) \gset
select results_eq(format($$ select b #>> '{data,ticket,state}', b #>> '{data,ticket,id}', b ->> 'type', b #>> '{data,outcome}' from t.body(%s) as b $$, :slow),
    format($$ values ('pending', 'ticket-%s', 'seat.removal.completed', 'removed') $$, :slow), 'a confirmation that leaves without its ticket says that it is pending');
select fake.advance('1 second') \g /dev/null
create table update_for_slow as select * from t.open_ticket(:slow);
select is((select body from reclaim.outbox where message_id = :'sent'), :'bytes', 'a confirmation that may have left is never changed again');
select results_eq($$ select message_id <> $$ || quote_literal(:'sent') || $$, body::json ->> 'type', body::json #>> '{data,ticket,identifier}' from update_for_slow $$,
    $$ values (true, 'seat.removal.updated', 'OPS-7') $$, 'an update of its own follows and names the ticket');
select t.confirm(:slow) \g /dev/null
select is(t.state(:slow), 'deliver', 'the job is not done before the update is delivered');
select t.claim() \g /dev/null
select t.confirm(:slow) \g /dev/null
select is(t.state(:slow), 'done:removed', 'and is then');

-- A holder of one job cannot end the messages of another.
select t.job_in('deliver') as mine \gset
select t.job_in('deliver') as other \gset
create table before as select t.fingerprint();
select is((select count(*) from t.lease(:mine) as l, reclaim.record_tickets(array[l.id], array[l.fence], array[l.token],
    array['ticket-' || :other], '{X}', '{u}') as r), 0::bigint, 'another job''s ticket is not recorded');
select is((select count(*) from t.lease(:mine) as l, reclaim.record_confirmations(array[l.id], array[l.fence], array[l.token],
    array(select message_id from reclaim.outbox where job_id = :other and topic = 'confirmation'), '{200}') as r), 0::bigint,
    'another job''s confirmation is not recorded');
select is((select count(*) from t.lease(:mine) as l, reclaim.freeze_message(l.id, l.fence, l.token,
    (select message_id from reclaim.outbox where job_id = :other and topic = 'confirmation')) as r), 0::bigint, 'another job''s message is not frozen');
select is((select count(*) from t.lease(:mine) as l, reclaim.record_tickets(array[l.id], array[l.fence], array[l.token],
    array(select message_id from reclaim.outbox where job_id = :mine and topic = 'confirmation'), '{X}', '{u}') as r), 0::bigint,
    'a confirmation is not taken for a ticket');
select is(t.fingerprint(), (select fingerprint from before), 'and nothing is written');

-- Both due: the confirmation has waited for the ticket as long as it may, and must not wait for the ticket's next try too.
select t.job_in('deliver') as both \gset
select is((select array_agg(topic || ' ' || due) from reclaim.pending_messages(array[:both])), '{confirmation false,ticket true}', 'at first the ticket alone is due');
select fake.advance('1 minute') \g /dev/null
select is((select array_agg(topic || ' ' || due) from reclaim.pending_messages(array[:both])), '{confirmation true,ticket true}', 'a confirmation that is due goes first');

-- A ticket that waits for its draft becomes final once.
create function settle(p_job bigint, p_body text) returns setof text language sql as $$
    select reclaim.freeze_message(id, fence, token, 'ticket-' || id, p_body) from t.lease(p_job)
$$;
select t.approve('A-drafted', 'drafted') as drafted \gset
select t.claim() \g /dev/null
select t.begin(:drafted) \g /dev/null
select t.remove(:drafted, 'removed', '{"issue": {}, "draft": "about whom"}') \g /dev/null
select is(settle(:drafted, null), '{"issue": {}, "draft": "about whom"}', 'without bytes nothing becomes final');
select is(settle(:drafted, '{"issue": {"description": "x"}}'), '{"issue": {"description": "x"}}', 'a ticket that waits for its draft becomes final');
select is(settle(:drafted, '{"issue": {"description": "y"}}'), '{"issue": {"description": "x"}}', 'once');
select is((select body from reclaim.outbox where job_id = :drafted and topic = 'ticket'), '{"issue": {"description": "x"}}', 'and stays it');
select is_empty(format($$ select reclaim.freeze_message(%s, 0, gen_random_uuid(), 'ticket-%1$s', '{}') $$, :drafted), 'for its holder alone');

select * from finish();
