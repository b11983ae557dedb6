-- erase_identity: forgets a person in one role: subject (found by subject, seat or mail), approver, requester or actor (the login of
-- an operator or detector). Gone for good are the name with its salt wherever the person has that role, the signed bytes it stands
-- in, the reason and callback URL that came with them, the messages about it, and free words about it or that contain it. The log
-- keeps its commitments, which fit any name once the salt is gone, so everything sealed still verifies; the other roles stay: the
-- approver of an erased subject can still be shown. Jobs concerned must have ended: one that is open still needs the name.
-- Writes: approval, audit_personal, outbox, later_look, app_owners, delivery, seat, setting, audit. Locks: ended jobs and setting's floor until commit.
-- Raises: RC404 nobody of that name; RC409 a job is open, or a legal hold is on the subject; RC422 an unknown role, no name, no reason.

create or replace function reclaim.erase_identity(p_role text, p_name text, p_reason text)
returns table (approvals bigint, events bigint, messages bigint, seats bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_letters text := case p_role when 'subject' then 'su' when 'approver' then 'a' when 'requester' then 'r' when 'actor' then '' end;
    v_name text := lower(p_name);
    v_jobs bigint[];
    v_open bigint;
    v_events bigint[];
    v_words bigint[];
    v_subjects text[];
begin
    if v_letters is null or coalesce(p_name, '') = '' or coalesce(p_reason, '') = '' then
        raise exception 'erase_identity needs a role, a name and a reason: select * from reclaim.erase_identity(''subject'', ''name'', ''why'')'
            using errcode = 'RC422', hint = 'Roles: subject (by subject, seat or mail), approver, requester, actor.';
    end if;
    select coalesce(array_agg(a.id order by a.id), '{}') into v_jobs from reclaim.approval a
    where case p_role
        when 'subject' then lower(a.subject) = v_name or lower(a.seat) = v_name
            or (a.app, a.seat) in (select s.app, s.seat from reclaim.seat s where v_name in (lower(s.subject), lower(s.email)))
        when 'approver' then lower(a.approver) = v_name
        when 'requester' then lower(a.requester) = v_name end;
    if p_role = 'subject' and exists (select from reclaim.legal_hold l where l.name = v_name or l.name in (
            select unnest(array[lower(s.subject), lower(s.seat), lower(s.email)]) from reclaim.seat s
            where v_name in (lower(s.subject), lower(s.seat), lower(s.email)))) then
        raise exception 'a legal hold is on this person: nothing about them may be erased' using errcode = 'RC409',
            hint = 'Legal holds: select * from reclaim.legal_holds.';
    end if;
    perform from reclaim.job_done where id = any (v_jobs) order by id for update;  -- against requeue()
    select min(id) into v_open from reclaim.job where id = any (v_jobs);
    if v_open is not null then
        raise exception 'job % still needs this name', v_open using errcode = 'RC409',
            hint = format('Let it end, or cancel it: select reclaim.cancel(%s, ''why'').', v_open);
    end if;

    -- Free words go where they are about an erased approval, and wherever they contain the name.
    with found as materialized (
        select p.audit_id, coalesce(case p_role
                when 'subject' then v_name in (lower(p.subject), lower(p.seat))
                    or (t.app, p.seat) in (select s.app, s.seat from reclaim.seat s where v_name in (lower(s.subject), lower(s.email)))
                when 'actor' then v_name in (lower(p.actor), lower(split_part(p.actor, ' (', 1))) end, false) as is_theirs,
            t.job_id = any (v_jobs) or position(v_name in lower(p.words)) > 0 as is_about_them
        from reclaim.audit_personal p join reclaim.audit t using (audit_id)
    ), erased as (
        update reclaim.audit_personal p set
            seat = case when not (is_theirs and p_role = 'subject') then seat end,
            subject = case when not (is_theirs and p_role = 'subject') then subject end,
            actor = case when not (is_theirs and p_role = 'actor') then actor end,
            words = null,
            salts = reclaim.without_salts(salts, 'w' || case when not is_theirs then '' when p_role = 'subject' then 'su' else 'p' end)
        from found f where f.audit_id = p.audit_id and (is_theirs or is_about_them)
        returning p.audit_id, f.is_theirs
    )
    select coalesce(array_agg(audit_id order by audit_id) filter (where is_theirs), '{}'),
        coalesce(array_agg(audit_id order by audit_id) filter (where not is_theirs), '{}')
    into v_events, v_words from erased;
    approvals := cardinality(v_jobs);
    events := cardinality(v_events) + cardinality(v_words);

    if p_role = 'subject' then
        v_subjects := v_name || array(select lower(a.subject) from reclaim.approval a where a.id = any (v_jobs))
            || array(select lower(s.subject) from reclaim.seat s where v_name in (lower(s.subject), lower(s.seat), lower(s.email)));
    end if;
    update reclaim.approval a set
        seat = case when p_role <> 'subject' then seat end, subject = case when p_role <> 'subject' then subject end,
        approver = case when p_role <> 'approver' then approver end, requester = case when p_role <> 'requester' then requester end,
        body = null, body_sha256 = null, reason = null, callback_url = null, salts = reclaim.without_salts(salts, v_letters || 'b')
    where id = any (v_jobs);
    update reclaim.outbox set body = '', url = null where job_id = any (v_jobs);
    get diagnostics messages = row_count;
    if p_role = 'subject' then
        delete from reclaim.later_look where job_id = any (v_jobs);  -- nobody is left to look for
        update reclaim.app_owners o set owners = array(select n from unnest(o.owners) as n where n <> all (v_subjects))
        where o.owners && v_subjects;
    end if;
    -- A digest without a salt lets anybody who knows the rest of the bytes try names.
    update reclaim.delivery set body_sha256 = null
    where job_id = any (v_jobs) or p_role = 'subject' and event_type in ('seat.flagged', 'seat.unflagged') and body_sha256 is not null;
    with gone as (
        delete from reclaim.seat s
        where p_role = 'subject' and v_name in (lower(s.subject), lower(s.seat), lower(s.email)) returning flag_epoch
    ), floor as (
        update reclaim.setting set value = greatest(value::bigint, (select max(flag_epoch) from gone))::text, changed_at = reclaim.clock()
        where name = 'flag_epoch_floor' and exists (select from gone)
    )
    select count(*) into seats from gone;
    if approvals + events + seats = 0 then
        raise exception 'nobody called % is on record as %', quote_literal(p_name), p_role using errcode = 'RC404',
            hint = 'Names are compared whole, in any case of letters.';
    end if;
    -- By role and list a verifier knows which names may be missing where, and that more were taken.
    perform reclaim.write_event('identity_erased', 'operator', reclaim.application_actor(), p_role, p_reason,
        json_build_object('jobs', v_jobs, 'events', v_events, 'words', v_words, 'seats', seats));
    return next;
end;
$$;
comment on function reclaim.erase_identity(text, text, text) is
    'Forget a person in a role: select * from reclaim.erase_identity(''subject'', ''00u1ada'', ''request 17'').';
