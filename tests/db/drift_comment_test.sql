-- Access that came back is told on the removal's ticket, once, through the outbox; the job comes back for it and ends again.
\ir support/setup.sql

-- A later look shows the seat held again. p_comment: whether the worker's configuration wants it told on the ticket.
create function drift(p_job bigint, p_comment boolean default true) returns setof bigint language sql as $$
    insert into reclaim.later_look (job_id, removed_at, due_at) values (p_job, reclaim.clock(), reclaim.clock());
    select job_id from reclaim.claim_looks(10, interval '15 seconds', '{figma}', '{okta}');
    select reclaim.record_looks(array[job_id], array[fence], array[claim_token], '{back}', '{held}', array[null::interval],
        array['GET /users/{subject}'], '{200}', '{r-9}', '{"{}"}', '{okta}', p_comment) from reclaim.later_look where job_id = p_job
$$;
create function comments(p_job bigint) returns setof reclaim.outbox language sql as $$
    select * from reclaim.outbox where job_id = p_job and topic = 'comment'
$$;
create function delivered(p_job bigint) returns setof bigint language sql as $$
    select reclaim.record_confirmations(array[l.id], array[l.fence], array[l.token], array[c.message_id], '{200}') from t.lease(p_job) as l, comments(p_job) as c
$$;

select t.job_in('done') as job \gset
select drift(:job) \g /dev/null
select results_eq(format($$ select state, message_id = body::json ->> 'id', body::json ->> 'issueId', due_at - reclaim.clock() from comments(%s) $$, :job),
    format($$ values ('pending', true, 'ticket-%s', '0'::interval) $$, :job), 'a comment is owed to the ticket, under an id of its own');
select matches((select body::json ->> 'body' from comments(:job)), '^\*\*Access is back\.\*\* A look at \d{4}-\d\d-\d\d \d\d:\d\d UTC', 'it says what was seen, and when');
select unalike((select body from comments(:job)), '%done-%', 'and names nobody');
select is(t.state(:job), 'deliver', 'the job comes back for it');
select is((select count(*) from reclaim.job_done where id = :job), 0::bigint, 'and is in one place only');
select is((select fence from reclaim.job where id = :job) > (select max(fence) from reclaim.audit where job_id = :job), true, 'under a new fence');
select is((select t.claim()), :job::bigint, 'a worker gets it at once');
select is((select topic from reclaim.pending_messages(array[:job])), 'comment', 'with what it owes');
select is(delivered(:job), :job::bigint, 'delivered');
select is(t.state(:job), 'done:removed', 'the job has ended again as it had before');
select is((t.events(:job))[6:], '{drift_found,ticket_commented}', 'its story goes on without a gap');
select is((select count(*) from reclaim.later_look where job_id = :job), 0::bigint, 'and nobody looks on, so that it is told once');

select t.job_in('done') as quiet \gset
select drift(:quiet, false) \g /dev/null
select is_empty(format('select * from comments(%s)', :quiet), 'nothing is said where nobody wants it');
select is(t.state(:quiet), 'done:removed', 'and the job rests');

-- Without a ticket there is nothing to comment on.
select t.approve('A-bare', 'bare') as bare \gset
select t.claim() \g /dev/null
select t.begin(:bare) \g /dev/null
select t.remove(:bare, 'removed', '') \g /dev/null
select t.confirm(:bare) \g /dev/null
select drift(:bare) \g /dev/null
select is_empty(format('select * from comments(%s)', :bare), 'a removal without a ticket gets no comment');
select is(t.state(:bare), 'done:removed', 'and its job rests');

-- Linear is away: the ticket is not open yet.
select t.job_in('deliver') as slow \gset
select reclaim.record_message_setback(id, fence, token, 'ticket-' || id, '5 minutes', true, false, 'linear_fault', '503') from t.lease(:slow) \g /dev/null
select drift(:slow) \g /dev/null
select is((select visible_at - reclaim.clock() from reclaim.job where id = :slow), '0'::interval, 'a job that waited for its ticket''s next try is due now');
select t.claim() \g /dev/null
select is((select array_agg(topic || ' ' || due) from reclaim.pending_messages(array[:slow])), '{confirmation false,ticket false,comment true}',
    'and shows what comes before the comment');
select reclaim.record_message_setback(id, fence, token, (select message_id from comments(:slow)), '1 minute', false, false, 'ticket_not_open', 'wait')
from t.lease(:slow) \g /dev/null
select is((select visible_at - reclaim.clock() from reclaim.job where id = :slow), '1 minute'::interval, 'so it can wait');
select fake.advance('5 minutes') \g /dev/null
select t.claim() \g /dev/null
select t.open_ticket(:slow) \g /dev/null
select t.confirm(:slow) \g /dev/null
select is(t.state(:slow), 'deliver', 'a job that has told everything else still owes its comment');
select t.claim() \g /dev/null
select delivered(:slow) \g /dev/null
select is(t.state(:slow), 'done:removed', 'and ends with it');

-- Linear refuses it, or wants no calls.
select t.job_in('done') as refused \gset
select drift(:refused) \g /dev/null
select t.claim() \g /dev/null
select reclaim.record_message_setback(id, fence, token, (select message_id from comments(:refused)), null, true, true, 'refused_by_linear', 'no such issue')
from t.lease(:refused) \g /dev/null
select is((t.events(:refused))[6:], '{drift_found,comment_failed}', 'a comment that is refused for good is an event');
select is(t.state(:refused), 'done:removed', 'and the end of it');
select t.job_in('done') as gated \gset
select drift(:gated) \g /dev/null
select t.claim() \g /dev/null
select reclaim.close_gate('linear', 'a new key is on its way') \g /dev/null
select reclaim.record_message_setback(id, fence, token, (select message_id from comments(:gated)), null, false, false, 'credential_denied', '401')
from t.lease(:gated) \g /dev/null
select is_empty('select t.claim()', 'a comment waits behind Linear''s gate');
select reclaim.open_gate('linear', 'here it is') \g /dev/null
select is((select t.claim()), :gated::bigint, 'until a person opens it');

select * from finish();
