-- Two sessions at once: what a guard looks at changes while an intent is being written. Exactly one is first, and the other knows it.
\ir support/setup.sql
select t.open_session('one'), t.open_session('two') \g /dev/null

-- What both orders have in common: the first statement runs in an open transaction, the second then waits for it.
create function one_then_two(p_first text, p_second text) returns text language plpgsql as $$
declare
    v_first text;
begin
    perform dblink_exec('one', 'begin');
    v_first := (select answer from dblink('one', p_first) as r (answer text));
    perform dblink_send_query('two', p_second);
    perform t.wait_for_waiters();
    if dblink_is_busy('two') = 0 then
        return 'the second did not wait';
    end if;
    perform dblink_exec('one', 'commit');
    return concat_ws(' / ', v_first, t.answer_of('two'));
end;
$$;
create function begin_of(p_job bigint) returns text language sql as $$ select format('select verdict from t.begin(%s)', p_job) $$;
create function became(p_job bigint) returns text language sql as $$ select concat_ws(' ', state, outcome, reason) from reclaim.job where id = p_job $$;

select t.job_in('validate') as job \gset
select seat from reclaim.approval where id = :job \gset
select is(one_then_two(begin_of(:job), format('select begun::text from reclaim.place_legal_hold(%L, ''case 1'')', :'seat')), format('go / {%s}', :job),
    'a legal hold that comes while an intent is written waits for it, and is told that it came too late');
select t.job_in('validate') as job \gset
select seat from reclaim.approval where id = :job \gset
select is(one_then_two(format('select seats::text from reclaim.place_legal_hold(%L, ''case 2'')', :'seat'), begin_of(:job)), '1 / concluded',
    'an intent that comes while a legal hold is placed waits for it');
select is(became(:job), 'deliver refused legal_hold', 'and is refused by it');

select t.job_in('validate') as job \gset
select seat from reclaim.approval where id = :job \gset
select is(one_then_two(begin_of(:job), format('select reclaim.report_activity(''figma'', %L, reclaim.clock() + interval ''1 second'')::text', :'seat')), 'go / true',
    'activity that is reported while an intent is written waits for it');
select t.job_in('validate') as job \gset
select seat from reclaim.approval where id = :job \gset
select is(one_then_two(format('select reclaim.report_activity(''figma'', %L, reclaim.clock() + interval ''1 second'')::text', :'seat'), begin_of(:job)), 'true / concluded',
    'an intent that comes while activity is reported waits for it');
select is(became(:job), 'deliver cancelled active_again', 'and the owner keeps the seat');

-- Two owners at once.
create or replace function t.policy() returns text language sql immutable as $$ select '{"approval_age_max": "720 hours", "apps": {"figma": {"owners_min": 1}}}' $$;
select t.job_in('validate') as job, t.job_in('validate') as other \gset
select reclaim.report_owners('figma', array(select subject from reclaim.approval where id in (:job, :other))) \g /dev/null
select is(one_then_two(begin_of(:job), begin_of(:other)), 'go / concluded', 'an owner''s removal waits for that of another, and knows of it');
select is(became(:other), 'deliver refused last_owner', 'and is refused: somebody must be left');
create or replace function t.policy() returns text language sql immutable as $$ select '{"approval_age_max": "720 hours"}' $$;

-- A second approver who agrees while the job is being held for want of one.
create or replace function t.policy() returns text language sql immutable as $$ select '{"approval_age_max": "720 hours", "second_approver": true}' $$;
select t.job_in('validate') as job \gset
select is(one_then_two(begin_of(:job), format('select reclaim.second(%s, ''chief'')::text', :job)), 'held / ', 'a second word that comes meanwhile waits');
select is((select state from reclaim.job where id = :job), 'validate', 'and lets the job go on');
create or replace function t.policy() returns text language sql immutable as $$ select '{"approval_age_max": "720 hours"}' $$;

-- Cancel against intent, many times, each side now first and now second: one of them, never both, never neither.
create table raced (job bigint, cancelled text, begun text);
do $$
declare
    v_job bigint;
begin
    for i in 1..200 loop
        v_job := t.job_in('validate');
        commit;
        if i % 2 = 0 then
            perform dblink_send_query('one', format('select reclaim.cancel(%s, ''changed our mind'')', v_job));
            perform dblink_send_query('two', begin_of(v_job));
        else
            perform dblink_send_query('two', begin_of(v_job));
            perform dblink_send_query('one', format('select reclaim.cancel(%s, ''changed our mind'')', v_job));
        end if;
        insert into raced values (v_job, t.answer_of('one'), t.answer_of('two'));
        commit;
    end loop;
end;
$$;
select is((select count(*) from raced), 200::bigint, 'cancel and intent have raced 200 times');
select is_empty($$ select job, cancelled, begun, t.events(job) from raced where not (
        cancelled = 'cancelled' and begun is null and t.events(job) = '{received,cancelled}'
        or cancelled ~ 'its removal has begun and cannot be cancelled' and begun = 'go' and t.events(job) = '{received,revoke_attempted}') $$,
    'either it was cancelled and nothing begun, or it had begun and the cancellation was refused');

select * from finish();
