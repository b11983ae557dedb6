-- record_confirmations: the end of a job, and of a held job's notice.
\ir support/setup.sql

select t.job_in('ticketed') as job \gset
select is(t.confirm(:job), :job::bigint, 'an acknowledged confirmation is answered with its job');
select is((select count(*) from reclaim.job where id = :job), 0::bigint, 'a job that owes nothing leaves the hot table');
select results_eq(format('select outcome, fence, event_seq, finished_at from reclaim.job_done where id = %s', :job),
    $$ values ('removed', 1::bigint, 5, reclaim.clock()) $$, 'and is in the table of finished jobs');
select is(t.events(:job), '{received,revoke_attempted,revoke_confirmed,ticket_opened,requester_confirmed}', 'its story is whole');
select is((select requester_confirmed_at from reclaim.reclamation_record where job_id = :job), reclaim.clock(), 'the reclamation record knows when the requester confirmed');
select is((select count(*) from t.confirm(:job)), 0::bigint, 'it ends once');

select t.job_in('deliver') as early \gset
select fake.advance('1 minute') \g /dev/null
select t.claim() \g /dev/null
select t.confirm(:early) \g /dev/null
select results_eq(format('select state, visible_at, claim_token from reclaim.job where id = %s', :early),
    $$ select 'deliver', min(due_at), null::uuid from reclaim.outbox where state = 'pending' and job_id = $$ || :early,
    'a job that still owes its ticket is given back until that is due');

select t.job_in('held') as held \gset
select t.confirm(:held) \g /dev/null
select results_eq(format('select state, visible_at, claim_token from reclaim.job where id = %s', :held), $$ values ('held', 'infinity'::timestamptz, null::uuid) $$,
    'a held job whose requester was told is parked');
select is((t.events(:held))[3], 'requester_notified', 'telling of a hold is not a confirmation');

-- Released before the notice of the hold was delivered: the notice is still only a notice.
select t.job_in('held') as released \gset
select fake.advance('1 second') \g /dev/null
select reclaim.release(:released, 'fine') \g /dev/null
select t.claim() \g /dev/null
select t.begin(:released) \g /dev/null
select t.remove(:released) \g /dev/null
select t.open_ticket(:released) \g /dev/null
select t.confirm(:released) \g /dev/null
select is((t.events(:released))[7], 'requester_notified', 'a late notice of a hold is not taken for the confirmation of the removal');
select is((select requester_confirmed_at from reclaim.reclamation_record where job_id = :released), null, 'nor does the reclamation record call it confirmed');
select t.claim() \g /dev/null
select t.confirm(:released) \g /dev/null
select is(t.state(:released), 'done:removed', 'the removal''s own confirmation ends the job');

-- A notice delivered by a holder that claimed the job after its release must not put the job to sleep.
select t.job_in('held') as awake \gset
select reclaim.release(:awake, 'fine') \g /dev/null
select t.claim() \g /dev/null
select t.confirm(:awake) \g /dev/null
select is((select visible_at from reclaim.job where id = :awake), reclaim.clock(), 'a job with work to do is never parked');

select t.job_in(place) as job from unnest(array['refused', 'cancelled', 'done_failed']) as place \g /dev/null
select results_eq($$ select distinct outcome from reclaim.job_done order by 1 $$, $$ values ('cancelled'), ('failed'), ('refused'), ('removed') $$,
    'refused, cancelled and failed jobs confirm and end as well');
select is((select count(*) from reclaim.job j join reclaim.job_done d using (id)), 0::bigint, 'no job is in both tables');

select * from finish();
