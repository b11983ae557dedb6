-- park_job: gives a job back and makes it visible when its next message is due; never, for a held job with nothing to say. One
-- that has work of its own left (released before its notice was delivered) stays due.
create or replace function reclaim.park_job(p_job bigint) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    update reclaim.job set claim_token = null, worker = null, crashes = 0,
        visible_at = case when state in ('validate', 'revoke') then reclaim.clock()
            else coalesce((select min(due_at) from reclaim.outbox where job_id = p_job and state = 'pending'), 'infinity') end
    where id = p_job
$$;
comment on function reclaim.park_job is 'Gives a job back until its next message is due.';
