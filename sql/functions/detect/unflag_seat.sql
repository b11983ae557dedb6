-- unflag_seat: the reason to remove this seat is gone. Before a job's intent this stops it. After the intent nothing can, and
-- the job's result, when it comes, carries a compensation case for a person (written there: this function locks only the
-- seat, so it can never wait in a circle with a worker).
-- Returns: true when the seat was flagged.
create or replace function reclaim.unflag_seat(p_app text, p_seat text, p_reason text default null)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_seat reclaim.seat;
begin
    update reclaim.seat set state = 'active', flagged_at = null, changed_at = v_now
    where app = p_app and seat = p_seat and state = 'flagged'
    returning * into v_seat;
    if not found then
        return false;
    end if;
    perform reclaim.write_event('seat_unflagged', 'detector', reclaim.application_actor(),
        case when v_seat.removal_job is not null then 'too_late' end, p_reason,
        json_build_object('removal_begun_by', v_seat.removal_job), p_app, p_seat, v_seat.subject, v_seat.flag_epoch);
    return true;
end;
$$;
comment on function reclaim.unflag_seat(text, text, text) is
    'Clear a seat''s flag. Stops a removal that has not begun; otherwise its record will name a compensation case.';
