-- keep_personal: puts what an event says of people beside the log, and returns the commitments the event carries instead; null when
-- there is nothing to keep.
-- Writes: audit_personal.
create or replace function reclaim.keep_personal(p_audit bigint, p_actor text, p_words text, p_seat text default null,
    p_subject text default null)
returns bytea
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_fields constant text := 'supw';
    v_words text := nullif(p_words, '');
    v_values bytea[] := array[convert_to(p_seat, 'UTF8'), convert_to(p_subject, 'UTF8'), convert_to(p_actor, 'UTF8'),
        convert_to(v_words, 'UTF8')];
    v_salts bytea := reclaim.new_salts(v_fields, v_values);
begin
    if v_salts = '' then
        return null;
    end if;
    insert into reclaim.audit_personal (audit_id, seat, subject, actor, words, salts)
    values (p_audit, p_seat, p_subject, p_actor, v_words, v_salts);
    return reclaim.commit_to(v_salts, v_fields, v_values);
end;
$$;
comment on function reclaim.keep_personal is 'Puts what an event says of people beside the log; returns the commitments to it.';
