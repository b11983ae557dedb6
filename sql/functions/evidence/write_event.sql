-- write_event: one event that belongs to no job: a flag, a gate, the trigger, an erasure. What of it names or may name somebody
-- (p_actor of an operator or detector, p_words, p_seat, p_subject) is kept beside the log.
-- Writes: audit, audit_personal.
create or replace function reclaim.write_event(p_event text, p_actor_kind text, p_actor text, p_outcome text, p_words text,
    p_detail json default null, p_app text default null, p_seat text default null, p_subject text default null,
    p_flag_epoch bigint default null)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_id bigint := nextval('reclaim.audit_audit_id_seq');
    v_is_person boolean := p_actor_kind in ('operator', 'detector');
begin
    insert into reclaim.audit (audit_id, recorded_at, flag_epoch, event_type, outcome, actor_kind, actor_ref, app, commitments, detail)
    values (v_id, reclaim.clock(), p_flag_epoch, p_event, p_outcome, p_actor_kind, case when not v_is_person then p_actor end, p_app,
        reclaim.keep_personal(v_id, case when v_is_person then p_actor end, p_words, p_seat, p_subject), p_detail);
end;
$$;
comment on function reclaim.write_event is 'Writes one event that belongs to no job.';
