-- A job whose call may have had its effect cannot be refused any more; but when a guard objects by now, it may only look.
\ir support/setup.sql

select t.job_in('revoke') as job \gset
select t.setback(:job, 'retry', true) \g /dev/null
select reclaim.unflag_seat('figma', seat) from reclaim.approval where id = :job \g /dev/null
select fake.advance('1 hour') \g /dev/null
select t.claim() \g /dev/null
select results_eq(format('select verdict, detail from t.begin(%s)', :job), $$ values ('look', 'still_flagged=fail:flag_cleared') $$,
    'after an open outcome and a cleared flag the attempt may only look');
select is((select count(*) from reclaim.audit where job_id = :job and event_type = 'revoke_attempted'), 1::bigint,
    'and writes no second intent');
select is((select attempts from reclaim.job where id = :job), 2, 'but it counts as an attempt');
select is(t.setback(:job, 'withdrawn', true), 'refused', 'a seat that the look shows as held is left alone');
select results_eq(format('select outcome, effect_possible from reclaim.job where id = %s', :job), $$ values ('refused', true) $$,
    'and the job is refused, which does not recall a call that is still on its way');
select results_eq(format('select event_type, reason_code from reclaim.audit where job_id = %s order by event_seq desc limit 1', :job),
    $$ values ('compensation_needed', 'unflagged_after_intent') $$, 'so a person is asked to look');
select is((select removal_job from reclaim.seat where seat = (select seat from reclaim.approval where id = :job)), null,
    'and the seat is free for another approval');

select * from finish();
