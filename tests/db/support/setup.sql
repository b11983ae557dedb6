-- What every test file starts from: a clock that stands still, the trigger on, and words for the steps of a job's life.
-- Each file runs in a database of its own, so nothing is rolled back.
\set QUIET 1
set client_min_messages = warning;
create extension if not exists pgtap;
create extension if not exists dblink;
\ir fake_clock.sql
\o /dev/null
select reclaim.set_trigger(true, 'tests');
\o
create schema t;

-- What a test changes past every function, as nobody may.
create function t.by_hand() returns void language plpgsql as $$
declare
    v_table regclass;
begin
    for v_table in select tgrelid from pg_trigger where tgname = 'functions_only' loop
        execute format('alter table %s disable trigger functions_only', v_table);
    end loop;
end;
$$;

-- Detection flags a seat; returns its flag epoch.
create function t.flag(p_seat text default 's1', p_app text default 'figma') returns bigint
language sql as $$ select reclaim.flag_seat(p_app, p_seat, 'user-of-' || p_seat, p_seat || '@example.com') $$;

-- One webhook as the receiver hands it over; p_facts overrides single fields.
create type t.webhook as (source text, delivery_id text, event_type text, body bytea, facts text);
create function t.webhook(p_ref text, p_seat text default 's1', p_facts jsonb default '{}', p_delivery text default null,
    p_event text default 'seat.removal.approved', p_source text default 'portal', p_app text default 'figma')
returns t.webhook language sql as $$
    with facts as (
        select jsonb_build_object('approval_id', p_ref, 'app', p_app, 'seat', p_seat,
            'flag_epoch', coalesce((select flag_epoch from reclaim.seat s where s.app = p_app and s.seat = p_seat), 1),
            'subject', 'user-of-' || p_seat, 'approver', 'boss', 'requester', 'rita',
            'callback_url', 'https://requester.example/done', 'approved_at', reclaim.clock(),
            'expires_at', reclaim.clock() + interval '3 days') || p_facts as f
    )
    select p_source, coalesce(p_delivery, 'dlv-' || p_ref), p_event, convert_to(f::text, 'UTF8'), f::text from facts
$$;

create function t.accept_all(variadic p_webhooks t.webhook[])
returns table (ord int, verdict text, job_id bigint, detail text) language sql as $$
    select r.* from (select array_agg(source) as sources, array_agg(delivery_id) as ids, array_agg('key-1'::text) as keys,
            array_agg(event_type) as types, array_agg(body) as bodies, array_agg(sha256(body)) as digests,
            array_agg(facts) as facts from unnest(p_webhooks)) as w,
        reclaim.accept_webhooks(sources, ids, keys, types, bodies, digests, facts) as r
$$;

-- Flags the seat, lets its approval arrive; returns the job.
create function t.approve(p_ref text, p_seat text default 's1', p_facts jsonb default '{}', p_app text default 'figma')
returns bigint language sql as $$
    select t.flag(p_seat, p_app);
    select job_id from t.accept_all(t.webhook(p_ref, p_seat, p_facts, p_app => p_app));
$$;

create function t.worker(p_n int default 1) returns uuid
language sql immutable as $$ select lpad(p_n::text, 32, '0')::uuid $$;

create function t.claim(p_max int default 1000, p_worker uuid default t.worker(), p_floor timestamptz default '-infinity')
returns setof bigint language sql as $$
    select job_id from reclaim.claim_jobs(p_worker, p_max, interval '15 seconds', p_floor, 3)
$$;

create type t.lease as (id bigint, fence bigint, token uuid);
create function t.lease(p_job bigint) returns t.lease
language sql as $$ select id, fence, claim_token from reclaim.job where id = p_job $$;

create function t.policy() returns text language sql immutable as $$ select '{"approval_age_max": "720 hours"}' $$;

create function t.begin(variadic p_jobs bigint[])
returns table (job_id bigint, verdict text, detail text, operation_key text, attempt int) language plpgsql as $$
declare
    v_fences bigint[] := array(select (t.lease(j)).fence from unnest(p_jobs) as j);
    v_tokens uuid[] := array(select (t.lease(j)).token from unnest(p_jobs) as j);
begin
    perform reclaim.lock_held_jobs(p_jobs, v_fences, v_tokens);
    return query select * from reclaim.begin_revokes(p_jobs, v_fences, v_tokens, array_fill('okta'::text, array[cardinality(p_jobs)]),
        t.policy());
end;
$$;

create function t.begin_restore(p_job bigint, p_possible boolean default true)
returns table (verdict text, detail text, operation_key text, attempt int, captured text) language sql as $$
    select reclaim.lock_held_jobs(array[id], array[fence], array[token]) from t.lease(p_job);
    select r.verdict, r.detail, r.operation_key, r.attempt, r.captured from t.lease(p_job) as l,
        reclaim.begin_restores(array[l.id], array[l.fence], array[l.token], '{okta}', array[p_possible], t.policy()) as r
$$;

create function t.restored(p_job bigint, p_outcome text default 'restored', p_reason text default null) returns setof bigint
language sql as $$
    select reclaim.record_restores(array[id], array[fence], array[token], array[p_outcome], array[p_reason], '{POST /users}', '{200}', '{req-2}',
        '{"{}"}', '{okta}') from t.lease(p_job)
$$;

create function t.remove(p_job bigint, p_outcome text default 'removed', p_ticket_body text default '{"title": "clean up"}')
returns setof bigint language sql as $$
    select reclaim.record_removals(array[id], array[fence], array[token], array[p_outcome], array[null::text],
        array['DELETE /users/{subject}'], array[204], array['req-1'], array['{}'], array['ticket-' || id], array[p_ticket_body],
        array['okta'], interval '1 minute') from t.lease(p_job)
$$;

create function t.open_ticket(p_job bigint) returns table (job_id bigint, message_id text, body text) language sql as $$
    select r.* from t.lease(p_job) as l, reclaim.record_tickets(array[l.id], array[l.fence], array[l.token], array['ticket-' || l.id],
        array['OPS-7'], array['https://linear.example/OPS-7']) as r
$$;

-- The requester acknowledges the job's oldest open message to it.
create function t.confirm(p_job bigint) returns setof bigint language sql as $$
    select reclaim.record_confirmations(array[l.id], array[l.fence], array[l.token], array[m.message_id], array[200])
    from t.lease(p_job) as l, (select message_id from reclaim.outbox where job_id = p_job and topic = 'confirmation'
        and state = 'pending' order by created_at, message_id limit 1) as m
$$;

create function t.setback(p_job bigint, p_kind text default 'retry', p_effect_possible boolean default false,
    p_wait interval default '10 seconds', p_waiting_for text default null, p_attempts_max int default 3, p_sent boolean default true)
returns setof text language sql as $$
    select reclaim.record_setback(id, fence, token, p_kind, p_effect_possible, 'vendor_fault', 'it answered 500', p_wait,
        p_waiting_for, p_attempts_max, 'DELETE /users/{subject}', 500, 'req-1', 'okta', p_sent) from t.lease(p_job)
$$;

-- A new job for a seat of its own, brought to a place in its life:
--   due, validate (claimed), revoke (intent written), backoff, deliver (removed, ticket owed), ticketed, done, held, parked
--   (held and told), held_revoke (inherited seat), held_unsure (stopped half way), failed, failed_unknown (both still telling), done_failed, done_unknown,
--   refused, cancelled, restore, restoring (the restore of a removed seat: claimed, and begun). All but due, backoff, parked and the
--   finished ones are claimed.
create sequence t.number;
create function t.job_in(p_place text) returns bigint language plpgsql as $$
declare
    v_name text := p_place || '-' || nextval('t.number');
    v_job bigint := t.approve(v_name, v_name);
begin
    if p_place = 'due' then
        return v_job;
    end if;
    if p_place = 'refused' then
        perform reclaim.unflag_seat('figma', v_name);
    end if;
    perform t.claim();
    if p_place = 'cancelled' then
        perform reclaim.cancel(v_job, 'changed our mind');
        perform t.claim();
    elsif p_place in ('held', 'parked') then
        perform reclaim.hold(v_job, 'look into it');
        perform t.claim();
    elsif p_place <> 'validate' then
        perform t.begin(v_job);
    end if;
    case
        when p_place = 'backoff' then perform t.setback(v_job);
        when p_place in ('deliver', 'ticketed', 'done', 'restore', 'restoring') then perform t.remove(v_job);
        when p_place = 'held_unsure' then perform reclaim.hold(v_job, 'stop'); perform t.claim();
        when p_place = 'held_revoke' then perform t.setback(v_job, 'still_present'); perform t.claim();
        when p_place in ('failed', 'done_failed') then perform t.setback(v_job, 'refused');
        when p_place in ('failed_unknown', 'done_unknown') then perform t.setback(v_job, 'retry', true, p_attempts_max => 1);
        else null;
    end case;
    if p_place in ('ticketed', 'done', 'restore', 'restoring') then
        perform t.open_ticket(v_job);
    end if;
    if p_place in ('done', 'restore', 'restoring', 'parked', 'done_failed', 'done_unknown', 'refused', 'cancelled') then
        perform t.confirm(v_job);
    end if;
    if p_place in ('restore', 'restoring') then
        v_job := reclaim.restore(v_job, 'chief', 'it is needed');
        perform fake.advance(reclaim.calls_outlive());
        perform t.claim();
    end if;
    if p_place = 'restoring' then
        perform t.begin_restore(v_job);
    end if;
    return v_job;
end;
$$;

-- The job's story in order.
create function t.events(p_job bigint) returns text[] language sql as $$
    select array_agg(event_type order by event_seq) from reclaim.audit where job_id = p_job
$$;

create function t.state(p_job bigint) returns text language sql as $$
    select coalesce((select state from reclaim.job where id = p_job), (select 'done:' || outcome from reclaim.job_done where id = p_job))
$$;

create function t.body(p_job bigint) returns setof json language sql as $$
    select body::json from reclaim.outbox where job_id = p_job and topic = 'confirmation' order by created_at, message_id
$$;

-- A fingerprint of every row of every table of ours: equal before and after means that nothing was written.
create function t.fingerprint() returns text language plpgsql as $$
declare
    v_table regclass;
    v_one text;
    v_all text := '';
begin
    for v_table in select c.oid from pg_class c where relnamespace = 'reclaim'::regnamespace and relkind = 'r' order by relname loop
        execute format('select md5(coalesce(string_agg(x::text, chr(10) order by x::text), '''')) from %s x', v_table) into v_one;
        v_all := v_all || v_table || ' ' || v_one || chr(10);
    end loop;
    return v_all;
end;
$$;

-- Waits until this many sessions wait for a lock.
create function t.wait_for_waiters(p_count int default 1) returns void language plpgsql as $$ begin
    for i in 1..500 loop
        exit when (select count(distinct pid) from pg_locks where not granted) >= p_count;
        perform pg_sleep(0.01);
    end loop;
end $$;

-- What a session answers to the query it was sent, one text; an error is its SQLSTATE's message.
create function t.answer_of(p_session text) returns text language plpgsql as $$
declare
    v_answer text;
begin
    select answer into v_answer from dblink_get_result(p_session) as r (answer text);
    perform from dblink_get_result(p_session) as r (answer text);
    return v_answer;
exception when others then
    perform from dblink_get_result(p_session) as r (answer text);
    return 'error: ' || sqlerrm;
end;
$$;

-- What a role is answered to a statement: done, or the SQLSTATE.
create function t.try_as(p_role text, p_statement text) returns text language plpgsql as $$
begin
    execute format('set local role %I', p_role);
    execute p_statement;
    reset role;
    return 'done';
exception when others then
    reset role;
    return sqlstate;
end;
$$;

-- Another session of this very database, for what only two sessions can show.
create function t.open_session(p_name text) returns text language sql as $$
    select dblink_connect(p_name, format('host=%s port=%s dbname=%s user=%s',
        coalesce(host(inet_server_addr()), split_part(current_setting('unix_socket_directories'), ',', 1)),
        current_setting('port'), current_database(), session_user))
$$;
select no_plan();
