-- A holder that lost its lease changes nothing: every function that writes for a holder is called with a lease that is not, or is
-- no longer, the job's. A zombie may believe what it likes; the record stays.
\ir support/setup.sql

-- What a worker calls, the place in which the call is legal, and the call itself.
create table verb (name text, place text, call text);
insert into verb values
    ('renew_leases', 'validate', $$ select reclaim.renew_leases(array[%1$s], array[%2$s], array[%3$L::uuid], '15 seconds')::text $$),
    ('hand_back', 'revoke', $$ select reclaim.hand_back(array[%1$s], array[%2$s], array[%3$L::uuid], array['0'::interval], array[null::text])::text $$),
    ('lock_held_jobs', 'validate', $$ select reclaim.lock_held_jobs(array[%1$s], array[%2$s], array[%3$L::uuid])::text $$),
    ('begin_revokes', 'validate', $$ select verdict from reclaim.begin_revokes(array[%1$s], array[%2$s], array[%3$L::uuid], '{okta}', t.policy()) $$),
    ('begin_revokes', 'revoke', $$ select verdict from reclaim.begin_revokes(array[%1$s], array[%2$s], array[%3$L::uuid], '{okta}', t.policy()) $$),
    ('record_removals', 'revoke', $$ select reclaim.record_removals(array[%1$s], array[%2$s], array[%3$L::uuid], '{removed}', '{null}', '{op}',
        '{204}', '{req}', '{"{}"}', '{ticket-x}', '{body}', '{okta}', '1 minute')::text $$),
    ('record_rehearsal', 'validate', $$ select reclaim.record_rehearsal(%1$s, %2$s, %3$L, 'would_remove', 'text', 'op', 200, 'req', 'okta')::text $$),
    ('begin_restores', 'restore', $$ select verdict from reclaim.begin_restores(array[%1$s], array[%2$s], array[%3$L::uuid], '{okta}', '{true}', t.policy()) $$),
    ('begin_restores', 'restoring', $$ select verdict from reclaim.begin_restores(array[%1$s], array[%2$s], array[%3$L::uuid], '{okta}', '{true}', t.policy()) $$),
    ('record_restores', 'restoring', $$ select reclaim.record_restores(array[%1$s], array[%2$s], array[%3$L::uuid], '{restored}', '{null}', '{op}',
        '{200}', '{req}', '{"{}"}', '{okta}')::text $$),
    ('record_setback retry', 'restoring', $$ select reclaim.record_setback(%1$s, %2$s, %3$L, 'retry', false, 'code', 'text', '1 second', null, 3,
        'op', 500, 'req', 'okta') $$),
    ('record_setback retry', 'revoke', $$ select reclaim.record_setback(%1$s, %2$s, %3$L, 'retry', false, 'code', 'text', '1 second', null, 3,
        'op', 500, 'req', 'okta') $$),
    ('record_setback refused', 'revoke', $$ select reclaim.record_setback(%1$s, %2$s, %3$L, 'refused', false, 'code', 'text', '1 second', null, 3,
        'op', 403, 'req', 'okta') $$),
    ('freeze_message', 'deliver', $$ select reclaim.freeze_message(%1$s, %2$s, %3$L, %4$L) $$),
    ('record_tickets', 'deliver', $$ select message_id from reclaim.record_tickets(array[%1$s], array[%2$s], array[%3$L::uuid],
        array['ticket-%1$s'], '{OPS-7}', '{https://linear.example/OPS-7}') $$),
    ('record_confirmations', 'deliver', $$ select reclaim.record_confirmations(array[%1$s], array[%2$s], array[%3$L::uuid], array[%4$L], '{200}')::text $$),
    ('record_confirmations', 'held', $$ select reclaim.record_confirmations(array[%1$s], array[%2$s], array[%3$L::uuid], array[%4$L], '{200}')::text $$),
    ('record_message_setback', 'deliver', $$ select nullif(reclaim.record_message_setback(%1$s, %2$s, %3$L, %4$L, '1 second', true, false,
        'code', 'text'), false)::text $$),
    ('record_message_setback final', 'deliver', $$ select nullif(reclaim.record_message_setback(%1$s, %2$s, %3$L, 'ticket-%1$s', null, true, true,
        'code', 'text'), false)::text $$);

-- Calls it, once; null for no row, an empty row or false.
create function call_with(p_call text, p_lease t.lease) returns text language plpgsql as $$
declare
    v_answer text;
begin
    execute format(p_call, p_lease.id, p_lease.fence, p_lease.token,
        (select message_id from reclaim.outbox where job_id = p_lease.id and topic = 'confirmation' and state = 'pending' limit 1))
    into v_answer;
    return v_answer;
end;
$$;

-- How a lease gets lost, as the statement that loses it ("" for one that never was).
create table loss (name text, how text, lease text);
insert into loss values
    ('an older fence', '', '(%1$s, %2$s - 1, %3$L)'),
    ('a newer fence', '', '(%1$s, %2$s + 1, %3$L)'),
    ('a foreign token', '', '(%1$s, %2$s, gen_random_uuid())'),
    ('no token', '', '(%1$s, %2$s, null)'),
    ('an unknown job', '', '(%1$s + 1000000, %2$s, %3$L)'),
    ('a job that was requeued', 'select reclaim.requeue(%1$s, ''why'')', '(%1$s, %2$s, %3$L)'),
    ('a job that was requeued and claimed by another', 'select reclaim.requeue(%1$s, ''why''), t.claim(1000, t.worker(2))', '(%1$s, %2$s, %3$L)'),
    ('a job that was held', 'select reclaim.hold(%1$s, ''why'')', '(%1$s, %2$s, %3$L)'),
    ('a job that was cancelled', 'select reclaim.cancel(%1$s, ''why'')', '(%1$s, %2$s, %3$L)'),
    ('a job that was released', 'select reclaim.release(%1$s, ''why'')', '(%1$s, %2$s, %3$L)'),
    ('a job that was handed back', 'select reclaim.hand_back(array[%1$s], array[%2$s], array[%3$L::uuid], array[''0''::interval], array[null::text])', '(%1$s, %2$s, %3$L)'),
    ('a job whose lease ran out and that another claimed', 'select fake.advance(''15 seconds''), t.claim(1000, t.worker(2))', '(%1$s, %2$s, %3$L)');

create function try_out(p_verb verb, p_loss loss) returns setof text language plpgsql as $$
declare
    v_lease t.lease := t.lease(t.job_in(p_verb.place));
    v_before text;
    v_about text := p_verb.name || ' in ' || p_verb.place || ' with ' || p_loss.name;
begin
    if p_loss.how <> '' then
        begin
            execute format(p_loss.how, v_lease.id, v_lease.fence, v_lease.token);
        exception when sqlstate 'RC409' then
            return;  -- an operator cannot do this to a job in this place
        end;
    end if;
    execute format('select (%s::t.lease).*', format(p_loss.lease, v_lease.id, v_lease.fence, v_lease.token)) into v_lease;
    v_before := t.fingerprint();
    return next is(call_with(p_verb.call, v_lease), null, v_about || ' answers nothing');
    return next is(t.fingerprint(), v_before, v_about || ' writes nothing');
end;
$$;
select line from verb v, loss l, try_out(v, l) as line;

-- The same calls with the lease that counts do answer: the ones above said nothing because of the lease alone.
select isnt(call_with(call, t.lease(t.job_in(place))), null, name || ' in ' || place || ' with the right lease answers')
from verb;

-- A function for holders that is not in the table above would go untested. A later look's lease is no job's: later_looks_test.sql.
select set_eq($$ select split_part(name, ' ', 1) from verb $$, $$ select proname::text from pg_proc where pronamespace = 'reclaim'::regnamespace
    and (proargnames @> '{p_fence}' or proargnames @> '{p_fences}')
    and proname <> 'record_looks' $$, 'every function that takes a lease is tried here');

select * from finish();
