-- Two approvals for one seat: one winner; the other is superseded, with its own answer.
\ir support/setup.sql

create function t.two(p_seat text, p_first jsonb default '{}', p_second jsonb default '{}') returns bigint[] language plpgsql as $$
declare
    v_first bigint := t.approve(p_seat || '-first', p_seat, p_first);
    v_second bigint := t.approve(p_seat || '-second', p_seat, p_second);
begin
    perform t.claim();
    return array[v_first, v_second];
end;
$$;

select (two)[1] as first, (two)[2] as second from t.two('s1') as two \gset
select results_eq(format('select job_id, verdict from t.begin(%s, %s)', :first, :second),
    format($$ values (%s::bigint, 'go'), (%s, 'concluded') $$, :first, :second), 'in one batch the earlier approval goes');
select results_eq(format('select outcome, reason from reclaim.job where id = %s', :second), $$ values ('superseded', 'another_approval_won') $$,
    'the other is superseded');
select is(t.events(:second), '{received,superseded}', 'its audit holds no intent');
select is((select b #>> '{data,outcome}' from t.body(:second) as b), 'superseded', 'its requester is told');
select t.remove(:first) \g /dev/null
select is((select count(*) from reclaim.seat where seat = 's1' and state = 'removed' and removal_job = :first), 1::bigint, 'the winner removes the seat');

select (two)[1] as first, (two)[2] as second from t.two('s2') as two \gset
select results_eq(format('select verdict from t.begin(%s)', :second), $$ values ('go') $$, 'in two batches the first to begin goes');
select results_eq(format('select verdict from t.begin(%s)', :first), $$ values ('concluded') $$, 'the other is superseded, even though it is older');
select t.approve('s2-third', 's2') as third \gset
select t.claim() \g /dev/null
select t.remove(:second) \g /dev/null
select is((select verdict from t.begin(:third)), 'concluded', 'one that comes after the removal is superseded too');
select is((select outcome from reclaim.job where id = :third), 'superseded', 'and not refused');

-- Who does not pass has not won.
select (two)[1] as first, (two)[2] as second from t.two('s3', '{"approver": "user-of-s3"}') as two \gset
select results_eq(format('select job_id, verdict from t.begin(%s, %s)', :first, :second),
    format($$ values (%s::bigint, 'concluded'), (%s, 'go') $$, :first, :second), 'in one batch an approval that fails a guard does not supersede a good one');
select is((select outcome || ' ' || reason from reclaim.job where id = :first), 'refused approver_is_subject', 'it is refused');

select t.approve('s4-old', 's4') as old \gset
select reclaim.unflag_seat('figma', 's4') \g /dev/null
select t.approve('s4-new', 's4') as new \gset
select t.claim() \g /dev/null
select results_eq(format('select job_id, verdict from t.begin(%s, %s)', :old, :new), format($$ values (%s::bigint, 'concluded'), (%s, 'go') $$, :old, :new),
    'cleared and flagged again: only the approval of the new flagging counts');
select is((select reason from reclaim.job where id = :old), 'flagged_anew', 'the old one is refused for that');

select (two)[1] as first, (two)[2] as second from t.two('s5') as two \gset
select t.begin(:first) \g /dev/null
select t.setback(:first, 'refused') \g /dev/null
select is((select verdict from t.begin(:second)), 'go', 'when the winner failed without effect, the next approval may try');
select (two)[1] as first, (two)[2] as second from t.two('s6') as two \gset
select t.begin(:first) \g /dev/null
select t.setback(:first, 'retry', true, p_attempts_max => 1) \g /dev/null
select is((select verdict from t.begin(:second)), 'concluded', 'when the winner''s outcome is unknown, no second removal is begun');

-- Two workers, one seat, the same moment: the second waits for the first's decision.
select (two)[1] as first, (two)[2] as second from t.two('s7') as two \gset
select t.open_session('one') \g /dev/null
select t.open_session('two') \g /dev/null
select dblink_exec('one', 'begin') \g /dev/null
select verdict from dblink('one', format('select verdict from t.begin(%s)', :first)) as r (verdict text) \gset one_
select dblink_send_query('two', format('select verdict from t.begin(%s)', :second)) \g /dev/null
select t.wait_for_waiters() \g /dev/null
select is(dblink_is_busy('two'), 1, 'the second worker waits for the seat');
select dblink_exec('one', 'commit') \g /dev/null
select is(:'one_verdict' || ' ' || (select verdict from dblink_get_result('two') as r (verdict text)), 'go concluded', 'one goes, one is superseded');

select * from finish();
