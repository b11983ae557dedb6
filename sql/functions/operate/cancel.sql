-- cancel_job: stops a removal or restore that has not begun, or one that is held and certain to have had no effect. Exactly one of cancel
-- and the intent wins, by the job's row lock.
-- Raises: RC404 no such job; RC409 too late, saying what can be done instead.
create or replace function reclaim.cancel_job(p_job bigint, p_reason text, p_actor_kind text, p_actor_ref text)
returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_job reclaim.job;
    v_done text;
begin
    if coalesce(p_reason, '') = '' then
        raise exception 'cancel needs a reason: select reclaim.cancel(%, ''why'')', p_job using errcode = 'RC422';
    end if;
    select * into v_job from reclaim.job where id = p_job for update;
    if not found then
        select outcome into v_done from reclaim.job_done where id = p_job;
        if found then
            raise exception 'job % has ended (%): nothing is left to cancel', p_job, v_done using errcode = 'RC409';
        end if;
        raise exception 'there is no job %', p_job using errcode = 'RC404';
    end if;
    if v_job.outcome is not null then
        raise exception 'job % is % already: nothing is left to cancel', p_job, v_job.outcome using errcode = 'RC409',
            hint = 'A removed seat is given back by reclaim.restore().';
    end if;
    if v_job.state = 'revoke' or v_job.held_from = 'revoke' and v_job.effect_possible then
        raise exception 'job % is in state %: its % has begun and cannot be cancelled', p_job, v_job.state, v_job.kind
            using errcode = 'RC409',
            hint = case v_job.state when 'held' then 'Legal now: reclaim.release(): the vendor is looked at before anything else.'
                else 'Legal now: reclaim.hold() to stop further attempts.' end;
    end if;
    update reclaim.job set fence = fence + 1, claim_token = null, worker = null, visible_at = reclaim.clock() where id = p_job;
    perform reclaim.conclude(p_job, 'cancelled', 'cancelled', 'cancelled', p_reason, p_actor_kind, p_actor_ref);
    return 'cancelled';
end;
$$;
comment on function reclaim.cancel_job is 'What cancel and a senders cancellation share.';

-- cancel: the same, by a person in psql.
create or replace function reclaim.cancel(p_job bigint, p_reason text) returns text
language sql security definer set search_path = pg_catalog, pg_temp
as $$ select reclaim.cancel_job(p_job, p_reason, 'operator', reclaim.application_actor()) $$;
comment on function reclaim.cancel(bigint, text) is 'Cancel a removal that has not begun: select reclaim.cancel(42, ''why'').';
