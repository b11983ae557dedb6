-- erase_identity: a person can be forgotten, role by role, and the log stays whole.
\ir support/setup.sql

-- Lovelace lost two seats and one removal of hers failed; Hopper is somebody else. Who approved and requested is the same for both.
create function removed(p_ref text, p_seat text, p_app text default 'figma') returns bigint language plpgsql as $$
declare
    v_job bigint := t.approve(p_ref, p_seat, jsonb_build_object('reason', 'ask ' || p_seat, 'callback_url', 'https://requester.example/' || p_seat), p_app);
begin
    perform t.claim();
    perform t.begin(v_job);
    perform t.remove(v_job, p_ticket_body => json_build_object('title', p_seat)::text);
    perform t.open_ticket(v_job);
    perform t.confirm(v_job);
    return v_job;
end;
$$;
select removed('A1', 'lovelace') as ada, removed('A2', 'lovelace', 'slack') as ada_too, removed('G1', 'hopper') as grace \gset
select t.approve('A3', 'lovelace', p_app => 'zoom') as failed \gset
select t.claim() \g /dev/null
select t.begin(:failed), t.setback(:failed, 'refused') \g /dev/null
select t.confirm(:failed) \g /dev/null
select reclaim.close_gate('app:zoom', 'Lovelace asked for it'), reclaim.open_gate('app:zoom', 'looked into it') \g /dev/null

select reclaim.report_owners('figma', array['User-of-LOVELACE', 'user-of-hopper']) \g /dev/null

-- What is sealed: every row of the log, whole.
create table upto as select max(audit_id) as audit_id from reclaim.audit;
create view sealed as select md5(string_agg(t::text, chr(10) order by audit_id)) from reclaim.audit t where audit_id <= (select max(audit_id) from upto);
create table before as select * from sealed;

-- Every row of every table that contains the word, in any column, text or bytes.
create function places_with(p_word text) returns setof text language plpgsql as $$
declare
    v_table regclass;
    v_found bigint;
begin
    for v_table in select c.oid from pg_class c where relnamespace = 'reclaim'::regnamespace and relkind = 'r' order by relname loop
        execute format('select count(*) from %s x where position(%L in lower(x::text)) > 0 or position(%L in x::text) > 0', v_table,
            p_word, encode(convert_to(p_word, 'UTF8'), 'hex')) into v_found;
        if v_found > 0 then
            return next v_table || ' ' || v_found;
        end if;
    end loop;
end;
$$;
select results_eq($$ select split_part(p, ' ', 1) from places_with('lovelace') as p $$,
    $$ values ('reclaim.app_owners'), ('reclaim.approval'), ('reclaim.audit_personal'), ('reclaim.outbox'), ('reclaim.seat') $$, 'names are where they can be erased, and not in the log');
select is_empty($$ select p from unnest('{boss,rita}'::text[]) as word, places_with(word) as p where p ~ '^reclaim.audit ' $$, 'nor is any other name in it');
select results_eq($$ select distinct reclaim.commit_to(a.salts, 'suarb', reclaim.personal_values(seat, subject, approver, requester, body)) = t.commitments
    from reclaim.approval a join reclaim.audit t on t.job_id = a.id and t.event_type = 'received' $$, $$ values (true) $$,
    'each received commits to seat, subject, approver, requester and bytes of its approval');
select results_eq($$ select distinct reclaim.commit_to(salts, 'supw', array[convert_to(seat, 'UTF8'), convert_to(subject, 'UTF8'), convert_to(actor, 'UTF8'),
        convert_to(words, 'UTF8')]) = commitments from reclaim.audit_personal join reclaim.audit using (audit_id) $$, $$ values (true) $$,
    'other events commit to whom they are about, who acted and what was said');
select is((select count(*) from (select reclaim.salt_of(salts, f) as s from reclaim.approval, unnest('{s,u,a,r,b}'::text[]) as f group by 1 having count(*) > 1) as twice),
    0::bigint, 'no salt is used twice');

select throws_ok($$ select reclaim.erase_identity('witness', 'lovelace', 'request 17') $$, 'RC422', null, 'only known roles');
select throws_ok($$ select reclaim.erase_identity('subject', 'lovelace', '') $$, 'RC422', null, 'never without a reason');
select throws_ok($$ select reclaim.erase_identity('subject', 'nobody', 'request 17') $$, 'RC404', null, 'a name that is not on record is said to be none');
select t.approve('A4', 'lovelace', p_app => 'miro') as open \gset
select throws_ok($$ select reclaim.erase_identity('subject', 'LOVELACE', 'request 17') $$, 'RC409', null, 'a job that is open still needs the name');
select reclaim.cancel(:open, 'she leaves') \g /dev/null
select t.claim() \g /dev/null
select t.confirm(:open) \g /dev/null

set role reclaim_operator;
select results_eq($$ select * from reclaim.erase_identity('subject', 'LoveLace', 'request 17') $$, $$ values (4::bigint, 7::bigint, 6::bigint, 4::bigint) $$,
    'by name in any case: her approvals, what stands beside her events, her messages, her seats');
reset role;
select is_empty($$ select places_with('lovelace') $$, 'her name is nowhere any more');
select is((select md5 from sealed), (select md5 from before), 'and the log is what it was');
select results_eq($$ select r.seat, r.subject, r.approver, r.requester, r.outcome, r.approval_sha256 from reclaim.reclamation_record r where app = 'slack' $$,
    $$ values (null::text, null::text, 'boss', 'rita', 'removed', null::text) $$,
    'who approved the removal of whoever it was is still there');
select results_eq($$ select distinct reclaim.commit_to(a.salts, 'ar', array[convert_to(approver, 'UTF8'), convert_to(requester, 'UTF8')])
        = (select string_agg(substr(t.commitments, n * 33 + 1, 33), ''::bytea order by n) from generate_series(0, 4) as n where get_byte(t.commitments, n * 33) in (97, 114))
    from reclaim.approval a join reclaim.audit t on t.job_id = a.id and t.event_type = 'received' $$, $$ values (true) $$,
    'and still verifies against the log');
select is((select count(*) from reclaim.approval where seat is null and (reclaim.salt_of(salts, 's') is not null or reclaim.salt_of(salts, 'u') is not null
    or reclaim.salt_of(salts, 'b') is not null)), 0::bigint, 'the salts are gone with what they opened');
select results_eq($$ select event_type, outcome, reason_text, actor_ref like session_user || '%', detail ->> 'seats', json_array_length(detail -> 'jobs')
        from reclaim.journal order by audit_id desc limit 1 $$, $$ values ('identity_erased', 'subject', 'request 17', true, '4', 4) $$,
    'the erasure is an event itself, and says of which jobs');
select results_eq($$ select seat, subject, reason, callback_url is not null, body is not null from reclaim.approval where approval_ref = 'G1' $$,
    $$ values ('hopper', 'user-of-hopper', 'ask hopper', true, true) $$, 'nobody else is touched');
select results_eq($$ select event_type, reason_text from reclaim.journal where event_type in ('gate_closed', 'gate_opened') order by audit_id $$,
    $$ values ('gate_closed', null), ('gate_opened', 'looked into it') $$, 'words that contain the name are gone, other words are not');

-- What was forgotten cannot act again.
select is((select verdict from t.accept_all(t.webhook('A1', 'lovelace'))), 'duplicate', 'its webhook, sent again, is known');
select is((select verdict from t.accept_all(t.webhook('A1', 'lovelace', p_delivery => 'another'))), 'duplicate', 'also under a new id');
select throws_ok(format('select reclaim.requeue(%s, ''again'')', :failed), 'RC409', null, 'a failed job whose person was erased is not run again');
select cmp_ok(t.flag('lovelace'), '>', 1::bigint, 'a seat that comes back does not begin at an epoch old approvals fit');

select is((select seats from reclaim.erase_identity('subject', 'lovelace@example.com', 'request 17')), 1::bigint, 'a person is found by mail, too');

-- The other roles.
select throws_ok($$ select reclaim.erase_identity('approver', 'bos', 'request 18') $$, 'RC404', null, 'a part of a name is not the name');
select is((select approvals from reclaim.erase_identity('approver', 'Boss', 'request 18')), 5::bigint, 'an approver can be forgotten too');
select results_eq($$ select approver, seat, requester, body is null from reclaim.approval where approval_ref = 'G1' $$,
    $$ values (null::text, 'hopper', 'rita', true) $$, 'without the seat and the requester');
select is((select approvals from reclaim.erase_identity('requester', 'rita', 'request 19')), 5::bigint, 'and a requester');
select cmp_ok((select events from reclaim.erase_identity('actor', session_user, 'request 20')), '>', 0::bigint, 'and who acted, by login');
select results_eq($$ select seat, subject from reclaim.journal where event_type = 'seat_flagged' and seat is not null order by audit_id limit 1 $$,
    $$ values ('hopper', 'user-of-hopper') $$, 'whose flags still say whose seat');
select is((select md5 from sealed), (select md5 from before), 'and the log is what it was');
select is((select salts from reclaim.approval where approval_ref = 'A1'), '\x', 'of an approval with nobody left no salt is left');

select * from finish();
