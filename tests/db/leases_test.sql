-- renew_leases and hand_back: keeping a job, and giving it back.
\ir support/setup.sql

select t.job_in('validate') as kept \gset
select t.job_in('validate') as other \gset
select fake.advance('10 seconds') \g /dev/null
select is(reclaim.renew_leases(array[:kept], array[(t.lease(:kept)).fence], array[(t.lease(:kept)).token], '15 seconds'), :kept::bigint,
    'a renewal names the jobs that are still held');
select is((select visible_at - reclaim.clock() from reclaim.job where id = :kept), '15 seconds'::interval, 'their leases run anew from now');
select is((select visible_at - reclaim.clock() from reclaim.job where id = :other), '5 seconds'::interval, 'others are not touched');

create function hand_back(p_job bigint, p_wait interval, p_for text default null) returns setof bigint language sql as $$
    select reclaim.hand_back(array[id], array[fence], array[token], array[p_wait], array[p_for]) from t.lease(p_job)
$$;
select is(hand_back(:kept, '0'), :kept::bigint, 'a job can be handed back');
select results_eq(format('select visible_at, claim_token, worker, attempts from reclaim.job where id = %s', :kept),
    'values (reclaim.clock(), null::uuid, null::uuid, 0)', 'and is due at once');

select t.job_in('revoke') as begun \gset
select is((select attempts from reclaim.job where id = :begun), 1, 'an intent charges an attempt');
select hand_back(:begun, '0') \g /dev/null
select results_eq(format('select attempts, effect_possible, state from reclaim.job where id = %s', :begun),
    $$ values (0, true, 'revoke') $$, 'handed back half way, the attempt is not charged, but its call may have been sent');

select t.job_in('backoff') as tried \gset
select fake.advance('10 seconds') \g /dev/null
select t.claim() \g /dev/null
select reclaim.close_gate('connector:okta', 'a test') \g /dev/null
select hand_back(:tried, null, 'connector:okta') \g /dev/null
select results_eq(format('select visible_at, waiting_for, attempts from reclaim.job where id = %s', :tried),
    $$ values ('infinity'::timestamptz, 'connector:okta', 1) $$, 'handed back for a closed gate it waits for that gate, and earlier attempts stay charged');

select t.job_in('revoke') as late \gset
select reclaim.open_gate('connector:okta', 'a test') \g /dev/null
select hand_back(:late, null, 'connector:okta') \g /dev/null
select is((select visible_at from reclaim.job where id = :late), reclaim.clock(),
    'handed back for a gate that has opened meanwhile it is due at once, since nobody would wake it');

select * from finish();
