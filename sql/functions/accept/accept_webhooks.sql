-- accept_webhooks: records a batch of verified, mapped webhooks in one transaction and says for each what to answer.
--
-- Everything an acknowledgement promises is written here: delivery row, approval with its exact bytes, job, audit event. A
-- duplicate writes a delivery row too before it is acknowledged: a plain read would not wait for a synchronous standby.
-- p_facts holds the mapped fields of one webhook as JSON text: approval_id, app, seat, flag_epoch, subject, approver,
-- requester, callback_url, reason, approved_at, expires_at, removal_approval_id, email, rule, last_activity_at, unit_cost_minor, currency, attributes.
-- p_salts and p_commitments are for the event received, over seat, subject, approver, requester and body (see commit_to.sql). The
-- receiver computes them, because here each digest costs several microseconds; where they are missing they are made here.
-- Returns one row per input, in order. verdict: accepted, duplicate, conflict, trigger_off, cancelled, too_late, not_found,
-- flagged, unflagged, seconded. Locks: index entries of new approvals in (source, id) order, then jobs by id, then seats by key, as workers
-- do, so that nobody waits in a circle.
create or replace function reclaim.accept_webhooks(p_sources text[], p_delivery_ids text[], p_key_ids text[],
    p_event_types text[], p_bodies bytea[], p_sha256s bytea[], p_facts text[], p_salts bytea[] default null,
    p_commitments bytea[] default null)
returns table (ord int, verdict text, job_id bigint, detail text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
#variable_conflict use_column
declare
    v_now timestamptz := reclaim.clock();
    v_trigger_on boolean;
    v_fresh bigint[];
    v_row record;
begin
    select value = 'on' into v_trigger_on from reclaim.setting where name = 'trigger';

    -- The common case, a new approval, in one statement; v_fresh holds per input the id of the job it made, or null.
    if v_trigger_on then
        with input as materialized (
            select i.ord, i.source, i.delivery_id, i.key_id, i.event_type, i.body, i.sha256, i.facts::json as facts,
                i.salts, i.commitments, nextval('reclaim.approval_id') as id
            from unnest(p_sources, p_delivery_ids, p_key_ids, p_event_types, p_bodies, p_sha256s, p_facts, p_salts, p_commitments)
                with ordinality as i (source, delivery_id, key_id, event_type, body, sha256, facts, salts, commitments, ord)
            where i.event_type = 'seat.removal.approved'
        ), first_seen as (
            insert into reclaim.delivery (source, delivery_id, copy, at, event_type, body_sha256, verdict, job_id)
            select distinct on (source, delivery_id) source, delivery_id, 0, v_now, event_type, sha256, 'accepted', id
            from input order by source, delivery_id, ord
            on conflict do nothing
            returning job_id
        ), approved as (
            insert into reclaim.approval (id, source, approval_ref, delivery_id, key_id, body, body_sha256, received_at, app,
                seat, flag_epoch, subject, approver, requester, callback_url, reason, approved_at, expires_at, salts)
            select i.id, i.source, f.approval_id, i.delivery_id, i.key_id, i.body, i.sha256, v_now, f.app, f.seat, f.flag_epoch,
                f.subject, f.approver, f.requester, f.callback_url, f.reason, f.approved_at, f.expires_at,
                coalesce(i.salts, reclaim.new_salts('suarb', reclaim.personal_values(f.seat, f.subject, f.approver, f.requester, i.body)))
            from input i join first_seen d on d.job_id = i.id
                -- Reads the JSON once; an operator per field would parse it anew for each.
                cross join lateral json_to_record(i.facts) as f (approval_id text, app text, seat text, flag_epoch bigint,
                    subject text, approver text, requester text, callback_url text, reason text, approved_at timestamptz,
                    expires_at timestamptz)
            order by i.source, f.approval_id, i.ord
            on conflict do nothing
            returning *
        ), queued as (
            insert into reclaim.job (id, state, visible_at, event_seq, created_at)
            select id, 'validate', v_now, 1, v_now from approved
        ), journal as (
            insert into reclaim.audit (job_id, recorded_at, flag_epoch, approved_at, expires_at, event_seq, event_type, actor_kind,
                actor_ref, app, approval_ref, delivery_id, key_id, commitments)
            select a.id, v_now, a.flag_epoch, a.approved_at, a.expires_at, 1, 'received', 'sender', a.source, a.app, a.approval_ref,
                a.delivery_id, a.key_id, coalesce(i.commitments,
                    reclaim.commit_to(a.salts, 'suarb', reclaim.personal_values(a.seat, a.subject, a.approver, a.requester, a.body)))
            from approved a join input i on i.id = a.id
        )
        select array_agg(a.id order by n) into v_fresh
        from generate_series(1, cardinality(p_sources)) as n
            left join input i on i.ord = n left join approved a on a.id = i.id;
    end if;

    if 'seat.removal.approved' <> any (p_event_types) then
        perform reclaim.lock_named(p_sources, p_event_types, p_facts);
    end if;
    for v_row in
        select i.* from unnest(p_sources, p_delivery_ids, p_key_ids, p_event_types, p_bodies, p_sha256s, p_facts)
            with ordinality as i (source, delivery_id, key_id, event_type, body, sha256, facts, n)
        order by i.n
    loop
        ord := v_row.n;
        detail := null;
        job_id := v_fresh[v_row.n];
        if job_id is not null then
            verdict := 'accepted';
        else
            select r.verdict, r.job_id, r.detail into verdict, job_id, detail
            from reclaim.accept_other(v_row.source, v_row.delivery_id, v_row.key_id, v_row.event_type, v_row.body, v_row.sha256,
                v_row.facts::json, v_trigger_on, v_now) as r;
        end if;
        return next;
    end loop;
end;
$$;
comment on function reclaim.accept_webhooks is
    'Records a batch of verified webhooks in one transaction and says what to answer each. For the receiver.';

-- lock_named: locks what a batch's cancellations, second approvals and flags are about before the first of them is acted on.
create or replace function reclaim.lock_named(p_sources text[], p_event_types text[], p_facts text[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_cancelled bigint[];
begin
    v_cancelled := array(
        select a.id from unnest(p_sources, p_event_types, p_facts) as i (source, event_type, facts)
            join reclaim.approval a on a.source = i.source and a.approval_ref = i.facts::json ->> 'approval_id'
        where i.event_type in ('seat.removal.cancelled', 'seat.removal.seconded'));
    perform from (select from reclaim.job where id = any (v_cancelled) order by id for update) as jobs;
    perform from (
        select from reclaim.seat s
        where (s.app, s.seat) in (
            select a.app, a.seat from reclaim.approval a where a.id = any (v_cancelled)
            union all
            select i.facts::json ->> 'app', i.facts::json ->> 'seat' from unnest(p_event_types, p_facts) as i (event_type, facts)
            where i.event_type in ('seat.flagged', 'seat.unflagged'))
        order by s.app, s.seat for update) as seats;
end;
$$;
comment on function reclaim.lock_named is 'Locks the jobs and seats that a batch of webhooks is about; part of accept_webhooks.';

-- accept_other: everything that is not a new approval of a removal: duplicates, conflicts, restores, cancellations, second approvals, flags. Rare, so one
-- at a time.
create or replace function reclaim.accept_other(p_source text, p_delivery_id text, p_key_id text, p_event_type text, p_body bytea,
    p_sha256 bytea, p_facts json, p_trigger_on boolean, p_now timestamptz)
returns table (verdict text, job_id bigint, detail text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_first reclaim.delivery;
    v_known reclaim.approval;
    v_copy bigint := 0;
    v_is_approval boolean := p_event_type in ('seat.removal.approved', 'seat.restore.approved');
begin
    select d.* into v_first from reclaim.delivery d
    where d.source = p_source and d.delivery_id = p_delivery_id and d.copy = 0
        -- The row that the fast path has just written for an approval it then met as known is not an earlier delivery.
        and not (d.verdict = 'accepted' and not exists (select from reclaim.approval a where a.id = d.job_id));

    if not found and v_is_approval and not p_trigger_on then
        verdict := 'trigger_off';  -- nothing is written: the sender keeps it and tries again
        return next;
        return;
    end if;

    if v_is_approval then
        select a.* into v_known from reclaim.approval a
        where a.source = p_source and a.approval_ref = p_facts ->> 'approval_id';
        job_id := v_known.id;
    end if;
    if p_event_type = 'seat.restore.approved' and v_known.id is null and (v_first.source is null or v_first.verdict = 'not_found'
            and v_first.body_sha256 = p_sha256) then
        job_id := reclaim.accept_restore((select a.id from reclaim.approval a
                where a.source = p_source and a.approval_ref = p_facts ->> 'removal_approval_id' and a.undoes is null),
            p_source, p_facts ->> 'approval_id', p_delivery_id, p_key_id, p_body, p_facts, 'sender', p_source);
        verdict := case when job_id is null then 'not_found' else 'accepted' end;
    elsif v_is_approval then
        -- Same id with other bytes, or the same approval with other content: the first one stands, this one is an alarm.
        verdict := case
            -- What was erased cannot be compared any more; that it is known is enough to do nothing.
            when v_known.id is not null and v_known.body is null then 'duplicate'
            when v_first.body_sha256 <> p_sha256 or v_first.verdict = 'conflict' then 'conflict'
            when v_first.body_sha256 = p_sha256 or v_known.body_sha256 = p_sha256 then 'duplicate'
            when reclaim.same_approval(v_known, p_facts) then 'duplicate'
            else 'conflict' end;
        if verdict = 'duplicate' and job_id is null then
            job_id := v_first.job_id;
        end if;
    elsif v_first.body_sha256 <> p_sha256 or v_first.verdict = 'conflict' then
        verdict := 'conflict';
        job_id := v_first.job_id;
    -- What overtook its approval found nothing to cancel or to second; sent again, it may.
    elsif v_first.source is not null and not (p_event_type in ('seat.removal.cancelled', 'seat.removal.seconded') and v_first.verdict = 'not_found') then
        verdict := 'duplicate';
        job_id := v_first.job_id;
    elsif p_event_type in ('seat.removal.cancelled', 'seat.removal.seconded') then
        select a.id into job_id from reclaim.approval a
        where a.source = p_source and a.approval_ref = p_facts ->> 'approval_id';
        if not found then
            verdict := 'not_found';
        else
            begin
                if p_event_type = 'seat.removal.cancelled' then
                    perform reclaim.cancel_job(job_id, coalesce(nullif(p_facts ->> 'reason', ''), 'cancelled by the sender'), 'sender',
                        p_source);
                    verdict := 'cancelled';
                else
                    perform reclaim.second_job(job_id, p_facts ->> 'approver', (p_facts ->> 'approved_at')::timestamptz, 'sender', p_source);
                    verdict := 'seconded';
                end if;
            -- RC404: the job ended so long ago that its partition is gone.
            exception when sqlstate 'RC409' or sqlstate 'RC404' then
                verdict := 'too_late';
                detail := sqlerrm;
            end;
        end if;
    elsif p_event_type = 'seat.flagged' then
        detail := reclaim.flag_seat(p_facts ->> 'app', p_facts ->> 'seat', p_facts ->> 'subject', p_facts ->> 'email',
            p_facts ->> 'rule', null, (p_facts ->> 'last_activity_at')::timestamptz, (p_facts ->> 'unit_cost_minor')::bigint,
            p_facts ->> 'currency', (select array_agg(word) from json_array_elements_text(p_facts -> 'attributes') as word))::text;
        verdict := 'flagged';
    elsif p_event_type = 'seat.unflagged' then
        verdict := case when reclaim.unflag_seat(p_facts ->> 'app', p_facts ->> 'seat', p_facts ->> 'reason')
            then 'unflagged' else 'not_found' end;
    else
        raise exception 'no webhook is of type %', quote_nullable(p_event_type) using errcode = 'RC422';
    end if;

    if v_first.source is not null then
        v_copy := nextval('reclaim.approval_id');
    end if;
    insert into reclaim.delivery (source, delivery_id, copy, at, event_type, body_sha256, verdict, job_id)
    values (p_source, p_delivery_id, v_copy, p_now, p_event_type, p_sha256, verdict, job_id)
    -- Either the same id came twice in this batch, or the fast path wrote the row and then met a known approval.
    on conflict (source, delivery_id, copy) do update set verdict = excluded.verdict, job_id = excluded.job_id;
    return next;
end;
$$;
comment on function reclaim.accept_other is
    'Records one webhook that is not a new approval: duplicate, conflict, cancellation, second approval, flag. Part of accept_webhooks.';

-- same_approval: a re-sent approval may differ in bytes (a new timestamp, another key order); what it approves may not.
create or replace function reclaim.same_approval(a reclaim.approval, f json) returns boolean
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select (a).app = f ->> 'app' and (a).seat = f ->> 'seat' and (a).flag_epoch = coalesce((f ->> 'flag_epoch')::bigint, (a).flag_epoch)
        and (a).undoes is not distinct from (select r.id from reclaim.approval r
            where r.source = (a).source and r.approval_ref = f ->> 'removal_approval_id')
        and (a).subject = f ->> 'subject' and (a).approver = f ->> 'approver'
        and (a).approved_at = (f ->> 'approved_at')::timestamptz
        and (a).expires_at is not distinct from (f ->> 'expires_at')::timestamptz
        and (a).callback_url is not distinct from f ->> 'callback_url'
$$;
comment on function reclaim.same_approval is 'Whether a webhook approves the same as an approval on record.';
