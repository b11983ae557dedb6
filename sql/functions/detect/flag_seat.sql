-- flag_seat: detection says that this seat may go. A new flag epoch begins unless the seat is flagged already; then only the
-- facts are refreshed. A seat that was removed and is flagged again has been given back in the meantime.
-- Returns: the flag epoch an approval must carry. Locks: the seat row.
create or replace function reclaim.flag_seat(p_app text, p_seat text, p_subject text, p_email text default null,
    p_rule text default null, p_evidence json default null, p_last_activity_at timestamptz default null,
    p_unit_cost_minor bigint default null, p_currency text default null, p_attributes text[] default null)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz := reclaim.clock();
    v_epoch bigint;
    v_was text;
begin
    if coalesce(p_app, '') = '' or coalesce(p_seat, '') = '' or coalesce(p_subject, '') = '' then
        raise exception 'flag_seat needs app, seat and subject, each not empty' using errcode = 'RC422';
    end if;
    -- A seat whose row was erased must not begin at epoch 1 again: approvals of old would fit its new flags.
    insert into reclaim.seat (app, seat, subject, flag_epoch, changed_at)
    select p_app, p_seat, p_subject, value::bigint, v_now from reclaim.setting where name = 'flag_epoch_floor'
    on conflict do nothing;
    select state into v_was from reclaim.seat where app = p_app and seat = p_seat for update;
    update reclaim.seat set
        subject = p_subject, email = coalesce(p_email, email), attributes = coalesce(lower(p_attributes::text)::text[], attributes), flag_rule = p_rule, flag_evidence = p_evidence,
        last_activity_at = coalesce(p_last_activity_at, last_activity_at),
        unit_cost_minor = coalesce(p_unit_cost_minor, unit_cost_minor), currency = coalesce(p_currency, currency),
        state = 'flagged', changed_at = v_now,
        flag_epoch = flag_epoch + (v_was <> 'flagged')::int,
        flagged_at = case when v_was = 'flagged' then flagged_at else v_now end,
        removal_job = case when v_was = 'flagged' then removal_job end
    where app = p_app and seat = p_seat
    returning flag_epoch into v_epoch;
    if v_was <> 'flagged' then
        perform reclaim.write_event('seat_flagged', 'detector', reclaim.application_actor(), null, p_evidence::text,
            json_build_object('rule', p_rule), p_app, p_seat, p_subject, v_epoch);
    end if;
    return v_epoch;
end;
$$;
comment on function reclaim.flag_seat(text, text, text, text, text, json, timestamptz, bigint, text, text[]) is
    'Flag a seat for removal; returns the flag epoch an approval must name.';
