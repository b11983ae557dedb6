-- restore: gives a removed seat back. A job of its own with an approval of its own: p_approver is who decided, by directory id (Reclaim
-- cannot check that it is true), the requester is who is signed in. Its guards weigh both when it begins; the requester of the removal is told.
-- Returns: the job. Raises: RC404 no such removal; RC409 it names nobody any more; RC422 no approver, no reason.
create or replace function reclaim.restore(p_job bigint, p_approver text, p_reason text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_removal reclaim.approval;
    v_ref text := 'restore-' || p_job || '-' || gen_random_uuid();
    v_facts json;
    v_job bigint;
begin
    if coalesce(p_approver, '') = '' or coalesce(p_reason, '') = '' then
        raise exception 'restore needs an approver and a reason: select reclaim.restore(%, ''who decided'', ''why'')', p_job
            using errcode = 'RC422';
    end if;
    select a.* into v_removal from reclaim.approval a where a.id = p_job and a.undoes is null;
    if not found then
        raise exception 'job % is no removal', p_job using errcode = 'RC404', hint = 'Removals: select * from reclaim.reclamation_record.';
    end if;
    if v_removal.seat is null or v_removal.subject is null then
        raise exception 'job %: who it is about has been erased', p_job using errcode = 'RC409';
    end if;
    v_facts := json_build_object('approval_id', v_ref, 'removal_approval_id', v_removal.approval_ref, 'app', v_removal.app, 'seat', v_removal.seat,
        'subject', v_removal.subject, 'approver', p_approver, 'requester', session_user, 'callback_url', v_removal.callback_url, 'reason', p_reason,
        'approved_at', reclaim.iso(reclaim.clock()));
    v_job := reclaim.accept_restore(p_job, v_removal.source, v_ref, v_ref, 'sql', convert_to(v_facts::text, 'UTF8'), v_facts, 'system', 'reclaim.restore');
    perform pg_notify('reclaim_job', '');
    return v_job;
end;
$$;
comment on function reclaim.restore(bigint, text, text) is
    'Give a removed seat back: select reclaim.restore(42, ''it.lead@example.com'', ''why''), with who decided it.';
