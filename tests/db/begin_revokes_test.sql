-- begin_revokes: the guards, the intent, and the gates.
\ir support/setup.sql
select t.by_hand() \g /dev/null
-- Spoiled approvals are made by changing good ones, which nobody may outside a test.
alter table reclaim.approval disable trigger append_only;

select t.job_in('validate') as job \gset
create table begun as select * from t.begin(:job);
select results_eq('select job_id, verdict, attempt from begun', format($$ values (%s::bigint, 'go', 1) $$, :job), 'a job that passes every guard may go');
select results_eq(format('select state, effect_possible, attempts from reclaim.job where id = %s', :job), $$ values ('revoke', true, 1) $$,
    'its removal has begun');
select is((select removal_job from reclaim.seat where seat = 'validate-1'), :job::bigint, 'its seat is reserved for it');
select results_eq($$ select operation_key, attempt, fence, approver, connector, detail ->> 'flag_epoch', detail ->> 'policy_sha256'
        from reclaim.journal where event_type = 'revoke_attempted' $$,
    $$ select operation_key, 1, 1::bigint, 'boss', 'okta', '1', encode(sha256(convert_to(t.policy(), 'UTF8')), 'hex') from begun $$,
    'the intent is on record before any call, with operation key, fence, attempt and the policy it was judged by');
select is((select detail -> 'guards' ->> 0 from reclaim.audit where event_type = 'revoke_attempted'), 'still_flagged=pass',
    'and with every guard''s word');

select t.setback(:job) \g /dev/null
select fake.advance('10 seconds') \g /dev/null
select t.claim() \g /dev/null
select is((select operation_key from t.begin(:job)), (select operation_key from begun), 'the operation key is the same in every attempt');
select is((select attempt from reclaim.audit where event_type = 'revoke_attempted' order by event_seq desc limit 1), 2, 'each attempt is on record before it acts');

-- Every guard, alone: the guard file, what is done to seat or approval, what becomes of the job and why.
create table spoiled (guard text, how text, became text, reason text);
insert into spoiled values
    ('still_flagged', $$ select reclaim.unflag_seat('figma', %L) $$, 'deliver:refused', 'flag_cleared'),
    ('still_flagged', $$ select reclaim.unflag_seat('figma', %1$L), t.flag(%1$L) $$, 'deliver:refused', 'flagged_anew'),
    ('still_flagged', $$ update reclaim.seat set state = 'removed' where seat = %L returning 1 $$, 'deliver:refused', 'already_removed'),
    ('still_flagged', $$ delete from reclaim.seat where seat = %L returning 1 $$, 'held:', 'seat_not_known'),
    ('same_subject', $$ select reclaim.flag_seat('figma', %L, 'somebody-else') $$, 'deliver:refused', 'subject_changed'),
    ('approval_fresh', $$ update reclaim.approval set expires_at = reclaim.clock() where seat = %L returning 1 $$, 'deliver:refused', 'approval_expired'),
    ('approval_fresh', $$ update reclaim.approval set approved_at = reclaim.clock() - interval '720 hours', expires_at = null where seat = %L returning 1 $$,
        'deliver:refused', 'approval_too_old'),
    ('approval_fresh', $$ update reclaim.approval set approved_at = reclaim.clock() + interval '6 minutes' where seat = %L returning 1 $$,
        'deliver:refused', 'approved_in_the_future'),
    ('approver_is_not_subject', $$ update reclaim.approval set approver = upper(subject) where seat = %L returning 1 $$, 'deliver:refused', 'approver_is_subject'),
    ('approver_is_not_subject', $$ update reclaim.approval a set approver = s.email from reclaim.seat s where s.seat = a.seat and a.seat = %L returning 1 $$,
        'deliver:refused', 'approver_is_subject');
create function spoil(p spoiled) returns setof text language plpgsql as $$
declare
    v_job bigint := t.job_in('validate');
    v_seat text := (select seat from reclaim.approval where id = v_job);
    v_verdict text;
begin
    execute format(p.how, v_seat);
    select verdict into v_verdict from t.begin(v_job);
    return next is(v_verdict, case p.became when 'held:' then 'held' else 'concluded' end, p.reason || ': it may not go');
    return next is((select state || ':' || coalesce(outcome, '') || ' ' || reason from reclaim.job where id = v_job), p.became || ' ' || p.reason,
        p.reason || ': the job is ' || p.became);
    return next is((t.events(v_job))[2], case p.became when 'held:' then 'held' else 'refused' end, p.reason || ': the audit says so, and holds no intent');
    return next ok((select string_agg(g, ' ') from reclaim.audit t, json_array_elements_text(t.detail -> 'guards') as g where t.job_id = v_job)
        ~ (p.guard || '=(fail|unknown):' || p.reason), p.reason || ': and which guard objected');
    return next is((select b #>> '{data,reason}' from t.body(v_job) as b), p.reason, p.reason || ': and the requester is told why');
    return next ok((select removal_job is null from reclaim.seat where seat = v_seat) is not false, p.reason || ': the seat is free for another approval');
end;
$$;
select line from spoiled s, spoil(s) as line;
select is((select count(*) from unnest(reclaim.guard_results(null, null, null, null, null, null, reclaim.clock())) as g
    where g like '%=pass' and g !~ 'approver_is_not_subject'), 0::bigint, 'a guard that has nothing to judge by does not pass');

-- A policy whose limit is missing or misspelled must not mean "no limit".
select t.job_in('validate') as unlimited \gset
select throws_ok(format($$ select reclaim.begin_revokes(array[%1$s], array[1], array[(t.lease(%1$s)).token], '{okta}', '{"approval_max_age": "1 hour"}') $$, :unlimited),
    'RC422', 'the policy says approval_max_age, which no guard knows', 'a policy that says what no guard knows is not weighed at all');
select is((select verdict from reclaim.begin_revokes(array[:unlimited], array[1], array[(t.lease(:unlimited)).token], '{okta}', '{}')),
    'held', 'without a greatest age in the policy nothing is removed: a person looks');

-- A batch longer than any fetch size is decided whole.
select t.job_in('due') as many from generate_series(1, 130) \g /dev/null
select t.claim() \g /dev/null
select reclaim.unflag_seat('figma', seat) from reclaim.approval where id % 2 = 0 and seat like 'due-%' \g /dev/null
select results_eq($$ select verdict, count(*) from t.begin(variadic (select array_agg(id) from reclaim.approval where seat like 'due-%')) group by 1 order by 1 $$,
    $$ values ('concluded', 65::bigint), ('go', 65) $$, 'a batch of 130 is decided whole');

select * from finish();
