-- hold, release, requeue, cancel: what is legal where, what a refusal says, and who did it.
\ir support/setup.sql

-- Each verb in each place: the state it leads to, or what its refusal says. The hint names what is legal instead.
create table rule (place text, hold text, release text, requeue text, cancel text);
insert into rule values
    ('due',            'held',  'is not held', 'validate', 'cancelled'),
    ('validate',       'held',  'is not held', 'validate', 'cancelled'),
    ('revoke',         'held',  'is not held', 'revoke',   'has begun'),
    ('backoff',        'held',  'is not held', 'validate', 'cancelled'),
    ('held',           'is in state held', 'validate', 'is held', 'cancelled'),
    ('parked',         'is in state held', 'validate', 'is held', 'cancelled'),
    ('held_revoke',    'is in state held', 'validate', 'is held', 'cancelled'),
    ('held_unsure',    'is in state held', 'revoke', 'is held', 'has begun'),
    ('deliver',        'is in state deliver', 'is not held', 'deliver', 'is removed already'),
    ('failed',         'is in state deliver', 'is not held', 'validate', 'is failed already'),
    ('failed_unknown', 'is in state deliver', 'is not held', 'revoke', 'is failed already'),
    ('done',           'does not exist or has ended', 'is not held', 'has ended as removed', 'has ended (removed)'),
    ('refused',        'does not exist or has ended', 'is not held', 'has ended as refused', 'has ended (refused)'),
    ('cancelled',      'does not exist or has ended', 'is not held', 'has ended as cancelled', 'has ended (cancelled)'),
    ('done_failed',    'does not exist or has ended', 'is not held', 'validate', 'has ended (failed)'),
    ('done_unknown',   'does not exist or has ended', 'is not held', 'revoke', 'has ended (failed)');

create function try_out(p_place text, p_verb text, p_wanted text) returns setof text language plpgsql as $$
declare
    v_job bigint := t.job_in(p_place);
    v_old t.lease := t.lease(v_job);
    v_before text := t.fingerprint();
    v_answer text;
    v_hint text;
    v_about text := p_verb || ' in ' || p_place;
begin
    begin
        execute format('select reclaim.%s(%s, %L)', p_verb, v_job, 'the reason why') into v_answer;
    exception when sqlstate 'RC409' or sqlstate 'RC404' then
        get stacked diagnostics v_answer = message_text, v_hint = pg_exception_hint;
        return next ok(position(p_wanted in v_answer) > 0, v_about || ' is refused: ' || p_wanted || ' (said: ' || v_answer || ')');
        return next is(t.fingerprint(), v_before, v_about || ' writes nothing');
        -- Whatever a hint calls legal must be legal.
        for v_answer in select m[1] from regexp_matches(substring(v_hint from 'Legal now:.*'), 'reclaim\.(\w+)\(', 'g') as m loop
            begin
                execute format('select reclaim.%s(%s, %L)', v_answer, v_job, 'as the hint says');
                raise exception sqlstate 'RC999';
            exception
                when sqlstate 'RC999' then return next pass(v_about || ' suggests ' || v_answer || ', which is legal');
                when others then return next fail(v_about || ' suggests ' || v_answer || ', but: ' || sqlerrm);
            end;
        end loop;
        return;
    end;
    return next is(v_answer, p_wanted, v_about || ' leads to ' || p_wanted);
    return next results_eq(format($q$ select event_type, actor_kind, actor_ref like session_user || '%%', reason_text from reclaim.journal
            where job_id = %s order by event_seq desc limit 1 $q$, v_job),
        format($q$ values (%L, 'operator', true, 'the reason why') $q$, case p_verb when 'hold' then 'held' when 'release' then 'released'
            when 'requeue' then 'requeued' else 'cancelled' end),
        v_about || ' is on record with the signed-in user and the reason');
    return next results_eq(format('select fence > %s, claim_token, visible_at, attempts, crashes from reclaim.job where id = %s',
            coalesce(v_old.fence, 0), v_job),
        format('values (true, null::uuid, reclaim.clock() + %s, 0, 0)', case when p_verb = 'requeue' and v_old.token is not null
            then 'reclaim.time_to_stop()' else 'interval ''0''' end), v_about || ' fences the holder off and makes the job due, in a moment where there was one');
    return next is((select count(*) from reclaim.job j join reclaim.job_done d using (id)), 0::bigint, v_about || ' leaves no job in two tables');
end;
$$;
select line from rule r, lateral (values ('hold', r.hold), ('release', r.release), ('requeue', r.requeue), ('cancel', r.cancel)) as v (verb, wanted),
    try_out(r.place, v.verb, v.wanted) as line;

select throws_ok(format('select reclaim.%s(1000000, ''why'')', verb), case verb when 'release' then 'RC409' else 'RC404' end, null, verb || ' of no job is refused')
from unnest('{hold,release,requeue,cancel}'::text[]) as verb;
select throws_ok(format('select reclaim.%s(%s, %L)', verb, t.job_in('due'), reason), 'RC422', null, verb || ' without a reason is refused')
from unnest('{hold,release,requeue,cancel}'::text[]) as verb, unnest(array['', null]) as reason;

-- A person who was granted the role, not a superuser, and the record names that person.
select t.job_in('due') as night \gset
drop role if exists reclaim_test_alice;
create role reclaim_test_alice login in role reclaim_operator;
set session authorization reclaim_test_alice;
set application_name = 'psql at night';
select reclaim.hold(:night, 'it is Friday') \g /dev/null
reset session authorization;
select is((select actor_ref from reclaim.journal where job_id = :night order by event_seq desc limit 1), 'reclaim_test_alice (psql at night)',
    'the record names the person who signed in, not the role behind the function');
drop role reclaim_test_alice;

-- Every path is weighed again before a removal.
select t.job_in('held_revoke') as inherited \gset
select reclaim.unflag_seat('figma', seat) from reclaim.approval where id = :inherited \g /dev/null
select reclaim.release(:inherited, 'group was removed') \g /dev/null
select t.claim() \g /dev/null
select is((select verdict from t.begin(:inherited)), 'concluded', 'a released job is weighed again: its flag was cleared, so nothing is removed');
select t.job_in('done_failed') as again \gset
select fake.advance('4 days') \g /dev/null
select reclaim.requeue(:again, 'vendor is back') \g /dev/null
select t.claim() \g /dev/null
select t.begin(:again) \g /dev/null
select is((select outcome || ' ' || reason from reclaim.job where id = :again), 'refused approval_expired', 'a requeue does not renew an approval that expired');
select t.job_in('backoff') as waiting \gset
select reclaim.unflag_seat('figma', seat) from reclaim.approval where id = :waiting \g /dev/null
select reclaim.requeue(:waiting, 'at once please') \g /dev/null
select t.claim() \g /dev/null
select is((select verdict from t.begin(:waiting)), 'concluded', 'a requeued job that had no effect yet is weighed again');

-- failed_jobs: every statement it shows works as it stands.
create function statements() returns setof text language plpgsql as $$
declare
    v_row record;
begin
    for v_row in select f.job_id, f.state, trim(s) as statement from reclaim.failed_jobs f, regexp_split_to_table(f.what_you_can_do, ';( +or)?') as s
        where trim(s) <> ''
    loop
        begin
            execute v_row.statement;
            raise exception sqlstate 'RC999';
        exception
            when sqlstate 'RC999' then return next pass('failed_jobs shows a legal statement: ' || v_row.statement || ' in ' || v_row.state);
            when others then return next fail('failed_jobs shows ' || v_row.statement || ' in ' || v_row.state || ', but: ' || sqlerrm);
        end;
    end loop;
end;
$$;
select t.job_in(place) from unnest('{held,parked,held_revoke,held_unsure,failed,failed_unknown,done_failed,done_unknown}'::text[]) as place \g /dev/null
select line from statements() as line;
select is((select outcome_unknown from reclaim.failed_jobs where job_id = (select max(job_id) from reclaim.failed_jobs where state = 'deliver')), true,
    'failed_jobs says that an outcome is unknown, also while the requester is still being told');

select * from finish();
