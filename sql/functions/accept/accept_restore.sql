-- accept_restore: records the approval of a restore with its job and its event received, as a removal's is. It takes over the removal's flag
-- epoch, which is what the seat is bound to until it is flagged anew.
-- Returns: the job; null when there is no such removal.
create or replace function reclaim.accept_restore(p_removal bigint, p_source text, p_approval_ref text, p_delivery_id text, p_key_id text,
    p_body bytea, p_facts json, p_actor_kind text, p_actor_ref text)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_id bigint := nextval('reclaim.approval_id');
    v_made reclaim.approval;
begin
    insert into reclaim.approval (id, source, approval_ref, delivery_id, key_id, body, body_sha256, received_at, app, seat, flag_epoch, subject,
        approver, requester, callback_url, reason, approved_at, expires_at, salts, undoes)
    select v_id, p_source, p_approval_ref, p_delivery_id, p_key_id, p_body, sha256(p_body), v_now, f.app, f.seat, r.flag_epoch, f.subject,
        f.approver, f.requester, f.callback_url, f.reason, f.approved_at, f.expires_at,
        reclaim.new_salts('suarb', reclaim.personal_values(f.seat, f.subject, f.approver, f.requester, p_body)), r.id
    from reclaim.approval r cross join lateral json_to_record(p_facts) as f (app text, seat text, subject text, approver text, requester text,
        callback_url text, reason text, approved_at timestamptz, expires_at timestamptz)
    where r.id = p_removal
    returning * into v_made;
    if v_made.id is null then
        return null;
    end if;
    insert into reclaim.job (id, kind, state, visible_at, event_seq, created_at) values (v_id, 'restore', 'validate', v_now, 1, v_now);
    insert into reclaim.audit (job_id, recorded_at, flag_epoch, approved_at, expires_at, event_seq, event_type, actor_kind, actor_ref, app,
        approval_ref, delivery_id, key_id, commitments, detail)
    values (v_id, v_now, v_made.flag_epoch, v_made.approved_at, v_made.expires_at, 1, 'received', p_actor_kind, p_actor_ref, v_made.app,
        v_made.approval_ref, v_made.delivery_id, v_made.key_id, reclaim.commit_to(v_made.salts, 'suarb',
            reclaim.personal_values(v_made.seat, v_made.subject, v_made.approver, v_made.requester, v_made.body)),
        json_build_object('undoes', p_removal));
    return v_id;
end;
$$;
comment on function reclaim.accept_restore is 'Records the approval of a restore with its job; part of accept_webhooks and restore.';
