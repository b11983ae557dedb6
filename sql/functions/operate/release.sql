-- go_on: a held job is judged anew, or, where a call that removes may have been sent, looks at the vendor first. The caller holds its lock.
create or replace function reclaim.go_on(p_job bigint) returns text
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    update reclaim.job set state = case when effect_possible then held_from else 'validate' end, held_from = null, reason = null,
        visible_at = reclaim.clock(), fence = fence + 1, claim_token = null, worker = null, attempts = 0, crashes = 0
    where id = p_job returning state
$$;
comment on function reclaim.go_on is 'Lets a held job go on; part of release and second_job.';

-- release: lets a held job go on. Every guard is weighed again before anything is removed, unless a call that removes may have
-- been sent already: then the job goes on from there, and the vendor is looked at first.
create or replace function reclaim.release(p_job bigint, p_reason text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_job reclaim.job;
begin
    if coalesce(p_reason, '') = '' then
        raise exception 'release needs a reason: select reclaim.release(%, ''why'')', p_job using errcode = 'RC422';
    end if;
    select * into v_job from reclaim.job where id = p_job for update;
    if not found or v_job.state <> 'held' then
        raise exception 'job % is not held (%)', p_job, coalesce(v_job.state, 'it does not exist or has ended')
            using errcode = 'RC409', hint = 'Held jobs: select * from reclaim.jobs where state = ''held''.';
    end if;
    perform reclaim.write_audit(p_job, 'released', 'operator', reclaim.application_actor(), null, 'operator', p_reason);
    return reclaim.go_on(p_job);
end;
$$;
comment on function reclaim.release(bigint, text) is 'Let a held job go on: select reclaim.release(42, ''why'').';
