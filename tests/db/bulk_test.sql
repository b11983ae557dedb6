-- cancel_jobs, hold_jobs, release_jobs, requeue_jobs: a dry run tells the truth and changes nothing, a real one does that and no more.
\ir support/setup.sql

select t.job_in(place) from unnest('{due,validate,revoke,backoff,held,parked,held_revoke,held_unsure,deliver,failed,failed_unknown,done,refused,done_failed,
    done_unknown,due,done_failed}'::text[]) as place \g /dev/null
select t.approve('zoom-' || n, 'zoom-' || n, p_app => 'zoom') from generate_series(1, 3) as n \g /dev/null
create type counted as (app text, was text, becomes text, jobs bigint, refusal text);
create function bulk(p_verb text, p_dry_run boolean, p_app text default null, p_because text default null, p_limit int default 1000)
returns setof counted language sql as $$
    select app, was, becomes, jobs, refusal from reclaim.cancel_jobs('why', p_app, null, null, p_because, null, p_limit, p_dry_run) where p_verb = 'cancel'
    union all select app, was, becomes, jobs, refusal from reclaim.hold_jobs('why', p_app, null, null, p_because, null, p_limit, p_dry_run) where p_verb = 'hold'
    union all select app, was, becomes, jobs, refusal from reclaim.release_jobs('why', p_app, null, null, p_because, null, p_limit, p_dry_run) where p_verb = 'release'
    union all select app, was, becomes, jobs, refusal from reclaim.requeue_jobs('why', p_app, null, null, p_because, null, p_limit, p_dry_run) where p_verb = 'requeue'
$$;

-- The dry run, then the real one: the same counts, and each leaves what it says.
create function plan_then_do(p_verb text) returns setof text language plpgsql as $$
declare
    v_before text := t.fingerprint();
    v_planned counted[] := array(select c from bulk(p_verb, true) as c);
    v_done counted[];
    v_events bigint := (select count(*) from reclaim.audit);
begin
    return next ok(cardinality(v_planned) > 0, p_verb || '_jobs finds jobs');
    return next is(t.fingerprint(), v_before, p_verb || '_jobs changes nothing in a dry run, which is the default');
    v_done := array(select c from bulk(p_verb, false) as c);
    return next is(v_done, v_planned, p_verb || '_jobs does what its dry run counted');
    return next is((select count(*) from reclaim.journal j where audit_id > 0 and reason_text = 'why' and actor_kind = 'operator' and actor_ref like session_user || '%'
            and event_type = case p_verb when 'cancel' then 'cancelled' when 'hold' then 'held' when 'release' then 'released' else 'requeued' end),
        (select sum(jobs)::bigint from unnest(v_done) where refusal is null), p_verb || '_jobs writes one event for each, with who and why');
    return next diag(p_verb || ': ' || (select string_agg(format('%s %s>%s %s %s', app, was, becomes, jobs, refusal), ', ') from unnest(v_done)));
end;
$$;
select line from plan_then_do('hold') as line;
select line from plan_then_do('release') as line;
select line from plan_then_do('requeue') as line;
select set_eq($$ select distinct refusal is null, coalesce(refusal, becomes) from bulk('cancel', true) $$,
    $$ values (true, 'cancelled'), (false, 'is in state revoke: its removal has begun and cannot be cancelled') $$, 'what cannot be cancelled is counted with the refusal');
select line from plan_then_do('cancel') as line;
select is_empty($$ select j.id from reclaim.job j join reclaim.job_done d using (id) $$, 'no job is in two tables');

-- Filters.
select t.job_in('done_failed'), t.job_in('done_unknown') \g /dev/null
select results_eq($$ select app, jobs, cardinality(ids) from reclaim.requeue_jobs('why', p_because => 'outcome_unknown') $$, $$ values ('figma', 1::bigint, 1) $$,
    'limited to a reason, with the ids of what was counted');
select is_empty($$ select from reclaim.requeue_jobs('why', p_app => 'zoom') $$, 'to an app');
select is_empty($$ select from reclaim.requeue_jobs('why', p_source => 'elsewhere') $$, 'to a source');
select is_empty($$ select from reclaim.requeue_jobs('why', p_approver => 'chief') $$, 'to an approver');
select is((select sum(jobs) from reclaim.requeue_jobs('why', p_approver => 'BOSS')), 2::numeric, 'in any case of letters');
select is_empty($$ select from reclaim.requeue_jobs('why', p_since => reclaim.clock() + interval '1 second') $$, 'to a time');
select is((select sum(jobs) from reclaim.requeue_jobs('why', p_limit => 1)), 1::numeric, 'to a number');
select throws_ok(format('select * from reclaim.%s_jobs(%L)', verb, ''), 'RC422', null, verb || '_jobs wants a reason')
from unnest('{cancel,hold,release,requeue}'::text[]) as verb;

-- A worker's batch takes jobs by id and then seats; a bulk cancel must not come between them the other way round.
select t.job_in('validate') as a \gset
select t.job_in('validate') as b \gset
select t.open_session('worker'), t.open_session('person') \g /dev/null
select dblink_exec('worker', 'begin') \g /dev/null
select n from dblink('worker', format('select count(*) from reclaim.lock_held_jobs(array[%s], array[%s], array[%L::uuid])', :b, (t.lease(:b)).fence, (t.lease(:b)).token))
    as r (n bigint) \g /dev/null
select dblink_send_query('person', 'select string_agg(jobs::text, '','') from reclaim.cancel_jobs(''why'', p_dry_run => false)') \g /dev/null
select t.wait_for_waiters() \g /dev/null
select verdict from dblink('worker', format('select verdict from t.begin(%s)', :b)) as r (verdict text) \gset
select dblink_exec('worker', 'commit') \g /dev/null
select is(:'verdict' || ' ' || (t.answer_of('person') is not null) || ' ' || t.state(:a) || ' ' || t.state(:b), 'go true deliver revoke',
    'a bulk cancel and a batch of a worker wait for each other, never in a circle');

select * from finish();
