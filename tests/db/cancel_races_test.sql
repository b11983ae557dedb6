-- A cancellation against a worker that claims and begins, 10,000 times at the same moment: exactly one of the two wins, every time.
\ir support/setup.sql

-- Twenty at a time, each batch due a moment after the one before it. Seats and due times are set past every function: flagging takes longer.
select t.by_hand() \g /dev/null
insert into reclaim.seat (app, seat, subject, email, state, flag_epoch, flagged_at, changed_at)
select 'figma', 's' || n, 'user-of-s' || n, 's' || n || '@example.com', 'flagged', 1, reclaim.clock(), reclaim.clock() from generate_series(1, 10000) as n;
with webhook as (
    select n % 100 as part, n, jsonb_build_object('approval_id', 'r' || n, 'app', 'figma', 'seat', 's' || n, 'flag_epoch', 1, 'subject', 'user-of-s' || n, 'approver', 'boss',
        'requester', 'rita', 'approved_at', reclaim.clock())::text as facts
    from generate_series(1, 10000) as n
)
select count(*) from (select array_agg('portal'::text) as sources, array_agg('dlv-' || n) as ids, array_agg('key-1'::text) as keys,
        array_agg('seat.removal.approved'::text) as types, array_agg(convert_to(facts, 'UTF8')) as bodies, array_agg(sha256(convert_to(facts, 'UTF8'))) as digests,
        array_agg(facts) as facts from webhook group by part) as w,
    reclaim.accept_webhooks(sources, ids, keys, types, bodies, digests, facts) \g /dev/null
create table batch as select id as job, (row_number() over (order by id) - 1) / 20 + 1 as n from reclaim.job;
create index on batch (n);
update reclaim.job set visible_at = reclaim.clock() + n * interval '1 millisecond' from batch where job = id;
analyze reclaim.job, reclaim.approval, reclaim.seat, reclaim.audit, batch;
create table cancelled (job bigint, answer text);
create table begun (job bigint, verdict text);
create sequence batches_cancelled;
create sequence batches_begun;

-- Neither may be a batch ahead: both stand before the same twenty jobs.
create procedure wait_for_other(p_other text, p_batch int) language plpgsql as $$
declare
    v_there bigint;
begin
    loop
        if p_other = 'begun' then
            select case when is_called then last_value else 0 end into v_there from batches_begun;
        else
            select case when is_called then last_value else 0 end into v_there from batches_cancelled;
        end if;
        exit when v_there >= p_batch - 1;
        perform pg_sleep(0.0001);  -- a look is cheap, but the other needs the processor
    end loop;
end;
$$;
create procedure cancel_all(p_batches int, inout answer text) language plpgsql as $$
declare
    v_job bigint;
    v_answer text;
begin
    for i in 1..p_batches loop
        call wait_for_other('begun', i);
        for v_job in select job from batch where n = i order by random() loop
            begin
                v_answer := reclaim.cancel(v_job, 'changed our mind');
            exception when sqlstate 'RC409' then
                v_answer := 'too late';
            end;
            insert into cancelled values (v_job, v_answer);
            commit;
        end loop;
        perform nextval('batches_cancelled');
    end loop;
    answer := 'ended';
end;
$$;
-- As a worker does it: claims what is due in one transaction, begins it in another; five jobs at a time, so that there is much to come between.
create procedure begin_all(p_batches int, inout answer text) language plpgsql as $$
declare
    v_jobs bigint[];
    v_open bigint[];
begin
    for i in 1..p_batches loop
        call wait_for_other('cancelled', i);
        perform fake.advance('1 millisecond');
        loop
            select array_agg(job_id), array_agg(job_id) filter (where state = 'validate') into v_jobs, v_open
            from reclaim.claim_jobs(t.worker(), 5, interval '15 seconds', '-infinity', 3);
            commit;
            exit when v_jobs is null;
            if v_open is not null then
                insert into begun select job_id, verdict from t.begin(variadic v_open);
                commit;
            end if;
        end loop;
        perform nextval('batches_begun');
    end loop;
    answer := 'ended';
end;
$$;
select t.open_session('person'), t.open_session('worker') \g /dev/null
select dblink_exec(s, 'set synchronous_commit = off') from unnest('{person,worker}'::text[]) as s \g /dev/null
select dblink_send_query('worker', 'call begin_all(500, null)'), dblink_send_query('person', 'call cancel_all(500, null)') \g /dev/null
-- Not by a statement that waits: its snapshot would keep every dead row of the race alive, for the race to read again and again.
create procedure wait_for_end() language plpgsql as $$
begin
    while dblink_is_busy('person') + dblink_is_busy('worker') > 0 loop
        perform pg_sleep(0.05);
        commit;
    end loop;
end;
$$;
call wait_for_end();
select is(t.answer_of('person') || ' ' || t.answer_of('worker'), 'ended ended', 'both came to their end');

select is((select count(*) from cancelled), 10000::bigint, '10,000 jobs were raced');
create table won as
select b.job, coalesce(c.answer = 'cancelled', false) as person, coalesce(g.verdict = 'go', false) as worker, t.is_cancelled, t.is_begun
from batch b
    left join cancelled c using (job)
    left join begun g using (job)
    join (select job_id as job, bool_or(event_type = 'cancelled') as is_cancelled, bool_or(event_type = 'revoke_attempted') as is_begun
        from reclaim.audit group by 1) as t using (job);
select is_empty('select job from won where person and worker', 'never both won');
select is_empty('select job from won where not person and not worker', 'and never nobody');
select is_empty('select job from won where (person, worker) is distinct from (is_cancelled, is_begun)', 'the log of each job says the same');
select is_empty($$ select job from won join reclaim.job j on j.id = job where j.state <> case when person then 'deliver' else 'revoke' end $$, 'and so does its state');
select is_empty($$ select job from won join reclaim.approval a on a.id = job join reclaim.seat s on (s.app, s.seat) = (a.app, a.seat)
    where s.removal_job is distinct from case when worker then job end $$, 'a seat is reserved for those that began, and for no other');
select cmp_ok((select count(*) from won where person), '>=', 200::bigint, 'it was a race: the person won some');
select cmp_ok((select count(*) from won where worker), '>=', 200::bigint, 'and the worker won some');
select diag(format('cancelled %s, begun %s', count(*) filter (where person), count(*) filter (where worker))) from won;

select * from finish();
