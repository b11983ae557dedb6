-- record_removals: removal, evidence, seat and messages in one; and what a removal without a ticket says.
\ir support/setup.sql

select t.job_in('revoke') as job \gset
select is(t.remove(:job), :job::bigint, 'a removal that is recorded is answered with its job');
select results_eq(format('select state, outcome, attempts, effect_possible, claim_token is not null from reclaim.job where id = %s', :job),
    $$ values ('deliver', 'removed', 0, false, true) $$, 'the job goes on to deliver, and its holder keeps it');
select results_eq($$ select state, removal_job, changed_at from reclaim.seat where seat = 'revoke-1' $$,
    format($$ values ('removed', %s::bigint, reclaim.clock()) $$, :job), 'the seat is removed');
select results_eq(format($$ select event_type, outcome, app, seat, subject, approver, requester, fence, attempt, connector, provider_operation,
        provider_status, provider_request_id, operation_key = (select operation_key from reclaim.audit where event_type = 'revoke_attempted')
        from reclaim.journal where job_id = %s order by event_seq desc limit 1 $$, :job),
    $$ values ('revoke_confirmed', 'removed', 'figma', 'revoke-1', 'user-of-revoke-1', 'boss', 'rita', 1::bigint, 1, 'okta',
        'DELETE /users/{subject}', 204, 'req-1', true) $$, 'the journal tells who, what, by whose leave and by which call');
select results_eq(format($$ select message_id like case topic when 'ticket' then 'ticket-%%' else 'cb_%%' end, topic, body is not null, state,
        due_at - reclaim.clock() from reclaim.outbox where job_id = %s order by topic desc $$, :job),
    $$ values (true, 'ticket', true, 'pending', '0'::interval), (true, 'confirmation', false, 'pending', '1 minute') $$,
    'ticket and confirmation are owed from the same moment; the confirmation waits for the ticket for a while');
select is((select body from reclaim.outbox where job_id = :job and topic = 'confirmation'), null, 'and has no text before it is to leave');
select is((select count(*) from t.remove(:job)), 0::bigint, 'a removal is not recorded twice');

select t.job_in('revoke') as bare \gset
select t.remove(:bare, 'already_absent', '') \g /dev/null
select is(t.events(:bare), '{received,revoke_attempted,already_absent}', 'a seat that was gone already is told from one we removed');
select results_eq(format('select topic, body is not null, due_at from reclaim.outbox where job_id = %s', :bare), $$ values ('confirmation', true, reclaim.clock()) $$,
    'without a ticket the confirmation is final and due at once');
select results_eq(format($$ select b ->> 'type', b #>> '{data,outcome}', b #> '{data,ticket}' is null or b #>> '{data,ticket}' is null from t.body(%s) as b $$, :bare),
    $$ values ('seat.removal.completed', 'already_absent', true) $$, 'and names none');

select t.job_in('revoke') as one \gset
select t.job_in('revoke') as two \gset
select reclaim.hold(:two, 'wait') \g /dev/null
create function batch(p_one t.lease, p_two t.lease) returns setof bigint language sql as $$
    select reclaim.record_removals(array[p_one.id, p_two.id], array[p_one.fence, p_two.fence], array[p_one.token, p_two.token], '{removed,removed}',
        '{null,null}', '{op,op}', '{204,204}', '{r,r}', '{"{}","{}"}', '{tx,ty}', '{b,b}', '{okta,okta}', '1 minute')
$$;
select is((select array_agg(id) from batch(t.lease(:one), t.lease(:two)) as id), array[:one::bigint], 'in a batch, one lost lease does not stop the others');

select results_eq('select approval_id, outcome, seat, approver, provider_status, ticket from reclaim.reclamation_record order by job_id limit 1',
    $$ values ('revoke-1', 'removed', 'revoke-1', 'boss', 204, null::text) $$, 'the reclamation record has its line at once');
select t.open_ticket(:job) \g /dev/null
select is((select ticket || ' ' || ticket_url from reclaim.reclamation_record where job_id = :job), 'OPS-7 https://linear.example/OPS-7', 'and names the ticket once it is open');

select * from finish();
