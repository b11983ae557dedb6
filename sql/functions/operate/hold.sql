-- hold: stops a job until it is released. A running attempt is fenced off: its call may still end at the vendor, but its record
-- is refused, and after a release the vendor is looked at first.
create or replace function reclaim.hold(p_job bigint, p_reason text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_job reclaim.job;
begin
    if coalesce(p_reason, '') = '' then
        raise exception 'hold needs a reason: select reclaim.hold(%, ''why'')', p_job using errcode = 'RC422';
    end if;
    select * into v_job from reclaim.job where id = p_job for update;
    if not found then
        raise exception 'job % does not exist or has ended', p_job using errcode = 'RC404';
    end if;
    if v_job.state not in ('validate', 'revoke') then
        raise exception 'job % is in state %: only jobs in validate or revoke can be held', p_job, v_job.state
            using errcode = 'RC409',
            hint = case when v_job.state = 'held' and v_job.held_from = 'revoke' and v_job.effect_possible
                    then 'Legal now: reclaim.release().'
                when v_job.state = 'held' then 'Legal now: reclaim.release(), reclaim.cancel().'
                else 'Its removal is decided; only its messages are being delivered.' end;
    end if;
    perform reclaim.hold_job(p_job, 'held', 'operator', p_reason, 'operator', reclaim.application_actor());
    perform pg_notify('reclaim_gate', '');  -- whoever works on it asks for its lease, and learns that it is gone
    return 'held';
end;
$$;
comment on function reclaim.hold(bigint, text) is 'Stop a job until it is released: select reclaim.hold(42, ''why'').';
