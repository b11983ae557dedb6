-- A cancellation against a worker that claims and begins, 10,000 times at the same moment: exactly one of the two wins, every time.
\ir support/setup.sql

-- Batches of ten, each due a moment after the one before it.
create function fill(p_batches int) returns void language plpgsql as $$
begin
    for i in 1..p_batches loop
        perform t.flag('s' || i || '-' || n) from generate_series(1, 10) as n;
        perform t.accept_all(variadic (select array_agg(t.webhook('r' || i || '-' || n, 's' || i || '-' || n)) from generate_series(1, 10) as n));
        perform fake.advance('1 millisecond');
    end loop;
end;
$$;
select fill(1000) \g /dev/null
analyze reclaim.job, reclaim.approval, reclaim.seat, reclaim.audit;
create table cancelled (job bigint, answer text);
create table begun (job bigint, verdict text);
create sequence batches_cancelled;
create sequence batches_begun;
create table batch as select id as job, (row_number() over (order by id) - 1) / 10 + 1 as n from reclaim.job;
create index on batch (n);

-- Neither may be a batch ahead: both stand before the same ten jobs.
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
-- As a worker does it: claims in one transaction, begins in another; two jobs at a time, so that there is much to come between.
create procedure begin_all(p_batches int, inout answer text) language plpgsql as $$
declare
    v_jobs bigint[];
begin
    for i in 1..p_batches loop
        call wait_for_other('cancelled', i);
        for k in 1..5 loop
            v_jobs := array(select job_id from reclaim.claim_jobs(t.worker(), 2, interval '15 seconds', '-infinity', 3) where state = 'validate');
            commit;
            if v_jobs <> '{}' then
                insert into begun select job_id, verdict from t.begin(variadic v_jobs);
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
select dblink_send_query('worker', 'call begin_all(1000, null)'), dblink_send_query('person', 'call cancel_all(1000, null)') \g /dev/null
select is(t.answer_of('person') || ' ' || t.answer_of('worker'), 'ended ended', 'both came to their end');

select is((select count(*) from cancelled), 10000::bigint, '10,000 jobs were raced');
create view won as
select b.job, exists (select from cancelled c where c.job = b.job and c.answer = 'cancelled') as person, exists (select from begun g where g.job = b.job and g.verdict = 'go') as worker,
    'cancelled' = any (t.events(b.job)) as is_cancelled, 'revoke_attempted' = any (t.events(b.job)) as is_begun
from batch b;
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
