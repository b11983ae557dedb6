-- look_again: a removal that could not be proven (view unproven_removals) is looked at again now, with all its tries.
-- Raises: RC404 nothing is left to look at: proven, drifted, or never removed; RC422 no reason.
create or replace function reclaim.look_again(p_job bigint, p_reason text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(p_reason, '') = '' then
        raise exception 'look_again needs a reason: select reclaim.look_again(%, ''why'')', p_job using errcode = 'RC422';
    end if;
    -- The job before its look, as record_looks() locks them.
    perform from reclaim.job where id = p_job for update;
    perform from reclaim.job_done where id = p_job for update;
    update reclaim.later_look set due_at = reclaim.clock(), tries = 0, claim_token = null where job_id = p_job;
    if not found then
        raise exception 'no look of job % is left', p_job using errcode = 'RC404',
            hint = 'What could not be proven: select * from reclaim.unproven_removals.';
    end if;
    perform reclaim.write_audit(p_job, 'requeued', 'operator', reclaim.application_actor(), null, 'operator', p_reason,
        json_build_object('to', 'later_look'));
    return 'due';
end;
$$;
comment on function reclaim.look_again(bigint, text) is
    'Look at a removal that could not be proven again, now: select reclaim.look_again(42, ''why'').';
