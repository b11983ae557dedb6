-- Whatever happens in whatever order: each job's story is 1, 2, 3... without a gap, the job knows where it stands, and the
-- tables agree with one another. A random walk over everything a sender, a worker, detection and a person can do.
\ir support/setup.sql
\set seed `echo ${RECLAIM_TEST_SEED:-$(date +%N | tail -c 6)}`
select diag('seed ' || :'seed' || ': RECLAIM_TEST_SEED=' || :'seed' || ' repeats this walk');
select setseed(:'seed'::float / 1e6) \g /dev/null

create table tally (act text primary key, n int not null);
-- Mostly a job for which the act makes sense, sometimes any other.
create function pick(p_act text) returns bigint language sql as $$
    select coalesce((select id from reclaim.job j,
            lateral (select exists (select from reclaim.outbox where job_id = j.id and topic = 'ticket' and state = 'pending') as owes_ticket) as o
        where random() < 0.1 or case p_act
            when 'begin' then state = 'validate' and claim_token is not null
            when 'rehearse' then state = 'validate' and claim_token is not null
            when 'remove' then state = 'revoke' and claim_token is not null
            when 'setback' then state = 'revoke' and claim_token is not null
            when 'ticket' then claim_token is not null and owes_ticket
            when 'message setback' then claim_token is not null and owes_ticket
            when 'confirm' then claim_token is not null and state in ('deliver', 'held')
            else true end
        order by random() limit 1), 0)
$$;
create function one_step() returns void language plpgsql as $$
declare
    v_act text := (array['approve', 'approve', 'flag', 'unflag', 'claim', 'claim', 'claim', 'begin', 'begin', 'begin', 'remove', 'remove', 'setback',
        'setback', 'ticket', 'ticket', 'confirm', 'confirm', 'confirm', 'message setback', 'hand back', 'renew', 'hold', 'release', 'requeue', 'message setback',
        'cancel', 'sender cancels', 'gate', 'open', 'time', 'time', 'approve', 'claim', 'begin', 'begin', 'setback', 'message setback', 'mode', 'rehearse'])[1 + floor(random() * 40)];
    v_seat text := 'seat-' || floor(random() * 60);
    v_job bigint := pick(v_act);
    v_wait interval := (array['0', '5 seconds', '20 seconds', null])[1 + floor(random() * 4)];
begin
    case v_act
        when 'approve' then perform t.flag(v_seat) where random() < 0.8; perform t.accept_all(t.webhook('A' || nextval('t.number'), v_seat));
        when 'flag' then perform t.flag(v_seat);
        when 'unflag' then perform reclaim.unflag_seat('figma', v_seat);
        when 'claim' then perform reclaim.claim_jobs(t.worker(1 + floor(random() * 3)::int), 1 + floor(random() * 5)::int, '15 seconds', '-infinity', 2);
        when 'begin' then perform t.begin(v_job, (select id from reclaim.job where id <> v_job order by random() limit 1));
        when 'remove' then perform t.remove(v_job, (array['removed', 'already_absent'])[1 + floor(random() * 2)], (array['', 'ticket'])[1 + floor(random() * 2)]);
        when 'setback' then perform t.setback(v_job, (array['retry', 'retry', 'free', 'still_present', 'refused', 'stopped'])[1 + floor(random() * 6)], random() < 0.3, v_wait,
            case when v_wait is null then 'connector:okta' end);
        when 'ticket' then perform t.open_ticket(v_job);
        when 'confirm' then perform t.confirm(v_job);
        when 'message setback' then perform reclaim.record_message_setback(id, fence, token, (select message_id from reclaim.outbox where job_id = v_job
            and state = 'pending' order by random() limit 1), v_wait, true, random() < 0.6, 'http_500', 'no') from t.lease(v_job);
        when 'hand back' then perform reclaim.hand_back(array[id], array[fence], array[token], array[coalesce(v_wait, '0')], array[null::text]) from t.lease(v_job);
        when 'renew' then perform reclaim.renew_leases(array[id], array[fence], array[token], '15 seconds') from t.lease(v_job);
        when 'hold' then perform reclaim.hold(v_job, 'walk');
        when 'release' then perform reclaim.release((select id from reclaim.job where state = 'held' order by random() limit 1), 'walk');
        when 'requeue' then perform reclaim.requeue(coalesce((select id from reclaim.job_done where outcome = 'failed' and random() < 0.7 limit 1), v_job), 'walk');
        when 'cancel' then perform reclaim.cancel(v_job, 'walk');
        when 'sender cancels' then perform t.accept_all(t.webhook((select approval_ref from reclaim.approval where id = v_job), p_delivery => 'c' || nextval('t.number'),
            p_event => 'seat.removal.cancelled'));
        when 'gate' then perform reclaim.throttle_gate('connector:okta', v_wait, 'walk');
        when 'open' then perform reclaim.open_gate('connector:okta', 'walk');
        when 'mode' then perform reclaim.set_mode('figma', mode, 'walk', case mode when 'canary' then 2 end)
            from (select (array['live', 'live', 'live', 'live', 'plan', 'read', 'canary'])[1 + floor(random() * 7)] as mode) as m;
        when 'rehearse' then perform reclaim.record_rehearsal(id, fence, token, 'would_remove', null, 'GET', 200, null, 'okta') from t.lease(v_job);
        when 'time' then perform fake.advance(random() * interval '9 seconds');
    end case;
    insert into tally values (v_act, 1) on conflict (act) do update set n = tally.n + 1;
exception when sqlstate 'RC404' or sqlstate 'RC409' then
    null;  -- an operator's refused request
end;
$$;

-- What must hold after every step, each as a query that finds what breaks it.
create table rule (name text, broken text);
insert into rule values
    ('events are numbered 1, 2, 3 without a gap', $$ select job_id from reclaim.audit where job_id is not null group by job_id
        having min(event_seq) <> 1 or max(event_seq) <> count(*) $$),
    ('a job knows its latest event', $$ select id from (select id, event_seq from reclaim.job union all select id, event_seq from reclaim.job_done) as j
        where event_seq <> (select max(event_seq) from reclaim.audit where job_id = id) $$),
    ('every approval has one job, in one table', $$ select a.id from reclaim.approval a where (select count(*) from reclaim.job where id = a.id)
        + (select count(*) from reclaim.job_done where id = a.id) <> 1 $$),
    ('a finished job owes no message', $$ select d.id from reclaim.job_done d join reclaim.outbox o on o.job_id = d.id where o.state = 'pending' $$),
    ('no job sleeps for ever unless a person or a gate can wake it', $$ select id from reclaim.job j where visible_at = 'infinity' and waiting_for is null
        and state <> 'held' and not exists (select from reclaim.outbox where job_id = j.id and due_at = 'infinity') $$),
    ('a held job has no intent it could forget', $$ select id from reclaim.job where effect_possible and coalesce(held_from, state) = 'validate' $$),
    ('a seat is removed by one job only', $$ select a.app from reclaim.audit t join reclaim.approval a on a.id = t.job_id where t.event_type = 'revoke_confirmed'
        group by a.app, a.seat, a.flag_epoch having count(distinct t.job_id) > 1 $$),
    ('no removal without an intent before it', $$ select job_id from reclaim.audit r where event_type in ('revoke_confirmed', 'already_absent') and not exists
        (select from reclaim.audit i where i.job_id = r.job_id and i.event_type = 'revoke_attempted' and i.event_seq < r.event_seq) $$),
    ('nothing begins in plan or read', $$ select i.job_id from reclaim.audit i where i.event_type = 'revoke_attempted' and (select m.outcome from reclaim.audit m
        where m.event_type = 'mode_changed' and m.audit_id < i.audit_id order by m.audit_id desc limit 1) in ('plan', 'read') $$),
    ('no canary has more than its number', $$ select canary_begun from reclaim.modes where canary_begun > canary_max $$),
    ('fences in a story never go down', $$ select job_id from (select job_id, fence, max(fence) over (partition by job_id order by event_seq) as highest
        from reclaim.audit where fence is not null) as f where fence < highest $$);
-- What a walk must have come by to be worth anything.
create table sight as select unnest('{received,refused,superseded,held,released,cancelled,requeued,quarantined,revoke_attempted,attempt_failed,
    outcome_unknown,revoke_confirmed,already_absent,still_present,revoke_failed,compensation_needed,ticket_opened,ticket_failed,
    requester_confirmed,requester_notified,confirmation_failed,rehearsed}'::text[]) as name;

-- At least 2000 steps, and on until everything has been seen (which takes no 20000 by any chance).
create function walk() returns setof text language plpgsql as $$
declare
    v_rule rule;
    v_found text;
    v_broken text[] := '{}';
begin
    for i in 1..20000 loop
        perform one_step();
        if i % 100 = 0 then
            for v_rule in select * from rule where name <> all (v_broken) loop
                execute 'select string_agg(x::text, '','') from (' || v_rule.broken || ') as x' into v_found;
                if v_found is not null then
                    v_broken := v_broken || v_rule.name;
                    return next fail(v_rule.name) || chr(10) || diag('broken by step ' || i || ' for ' || v_found);
                end if;
            end loop;
            exit when i >= 2000 and not exists (select name from sight except select event_type from reclaim.audit);
        end if;
    end loop;
    return query select pass(name) from rule where name <> all (v_broken);
end;
$$;
select line from walk() as line;
select diag(string_agg(act || ' ' || n, ', ' order by act)) from tally;
select is_empty('select name from sight except select event_type from reclaim.audit', 'the walk has seen every kind of event');
select diag(string_agg(event_type || ' ' || n, ', ')) from (select event_type, count(*) as n from reclaim.audit where job_id is not null group by 1 order by 1) as e;

select * from finish();
