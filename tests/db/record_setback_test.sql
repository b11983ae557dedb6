-- record_setback: each way in which an attempt ends without a removal, and where the job goes.
\ir support/setup.sql

select t.job_in('revoke') as job \gset
select is(t.setback(:job, 'retry'), 'waiting', 'a fault of the vendor: the job waits');
select results_eq(format('select state, visible_at - reclaim.clock(), attempts, claim_token, effect_possible, reason from reclaim.job where id = %s', :job),
    $$ values ('validate', '10 seconds'::interval, 1, null::uuid, false, 'vendor_fault') $$, 'for the worker''s back-off, its attempt charged, given back, and to be judged by the guards again');
select results_eq(format($$ select event_type, outcome, reason_code, reason_text, detail ->> 'status' from reclaim.journal where job_id = %s
        order by event_seq desc limit 1 $$, :job),
    $$ values ('attempt_failed', 'retry', 'vendor_fault', 'it answered 500', '500') $$, 'the audit names the fault');

select t.job_in('revoke') as unsure \gset
select t.setback(:unsure, 'retry', true) \g /dev/null
select is((t.events(:unsure))[3], 'outcome_unknown', 'a lost answer is its own event, not a failure');
select is((select effect_possible from reclaim.job where id = :unsure), true, 'and the job remembers that its seat may be gone');
select fake.advance('10 seconds') \g /dev/null
select is((select effect_possible from reclaim.claim_jobs(t.worker(), 100, '15 seconds', '-infinity', 3) where job_id = :unsure), true,
    'whoever claims it next is told');

-- The attempt cap: the third of three attempts is the last.
create function tries(p_kind text, p_effect_possible boolean) returns text language plpgsql as $$
declare
    v_job bigint := t.job_in('validate');
    v_became text[] := '{}';
begin
    for i in 1..5 loop
        if (select claim_token is null from reclaim.job where id = v_job) then
            perform fake.advance('10 seconds'), t.claim();
        end if;
        exit when (select state from reclaim.job where id = v_job) not in ('validate', 'revoke');
        perform t.begin(v_job);
        v_became := v_became || t.setback(v_job, p_kind, p_effect_possible);
    end loop;
    return array_to_string(v_became, ' ') || ' ' || (select attempts || ' ' || coalesce(reason, '') from reclaim.job where id = v_job);
end;
$$;
select is(tries('retry', false), 'waiting waiting failed 0 vendor_fault', 'the attempt at the cap ends the job as failed');
select is(tries('retry', true), 'waiting waiting failed 0 outcome_unknown', 'or as failed with its outcome unknown');
select is(tries('free', false), 'waiting waiting waiting waiting waiting 0 vendor_fault', 'a pause the vendor asked for is never charged');
select is(tries('refused', false), 'failed 0 vendor_fault', 'a refusal is final at once');
select is(tries('still_present', false), 'held 0 vendor_fault', 'a seat that cannot be taken directly is held at once');

select t.job_in('failed') as failed \gset
select results_eq(format('select state, outcome, reason, effect_possible, claim_token is not null from reclaim.job where id = %s', :failed),
    $$ values ('deliver', 'failed', 'vendor_fault', false, true) $$, 'a failed job goes on to tell its requester, with its holder');
select is((t.events(:failed))[3], 'revoke_failed', 'the audit says that it failed');
select is((select removal_job from reclaim.seat where seat = (select seat from reclaim.approval where id = :failed)), null,
    'without an effect the seat is free for another approval');
select t.job_in('failed_unknown') as unknown \gset
select results_eq(format($$ select reason_code, detail ->> 'effect_possible' from reclaim.audit where job_id = %s and event_type = 'revoke_failed' $$, :unknown),
    $$ values ('outcome_unknown', 'true') $$, 'with a possible effect the record says that the outcome is unknown');
select is((select removal_job from reclaim.seat where seat = (select seat from reclaim.approval where id = :unknown)), :unknown::bigint,
    'and the seat stays reserved');
select is((select b #>> '{data,outcome}' from t.body(:unknown) as b), 'failed', 'and the requester is told');

select t.job_in('revoke') as gated \gset
select reclaim.close_gate('connector:okta', 'a test') \g /dev/null
select t.setback(:gated, 'free', false, null, 'connector:okta') \g /dev/null
select results_eq(format('select visible_at, waiting_for, attempts from reclaim.job where id = %s', :gated),
    $$ values ('infinity'::timestamptz, 'connector:okta', 0) $$, 'without a back-off it waits for its gate');
select reclaim.open_gate('connector:okta', 'a test') \g /dev/null

select t.job_in('held_revoke') as inherited \gset
select results_eq(format('select state, held_from, effect_possible, fence from reclaim.job where id = %s', :inherited),
    $$ values ('held', 'revoke', false, 3::bigint) $$, 'an inherited seat is held where it was');
select is(t.events(:inherited), '{received,revoke_attempted,still_present}', 'the audit says that it is still present');

select * from finish();
