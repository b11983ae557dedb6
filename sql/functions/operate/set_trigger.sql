-- set_trigger: off after installation. While it is off approvals are answered 503 and stay with the sender; flags still count.
create or replace function reclaim.set_trigger(p_on boolean, p_why text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_value text := case when p_on then 'on' else 'off' end;
begin
    if p_on is null or coalesce(p_why, '') = '' then
        raise exception 'set_trigger needs true or false and a reason: select reclaim.set_trigger(true, ''why'')'
            using errcode = 'RC422';
    end if;
    update reclaim.setting set value = v_value, changed_by = reclaim.application_actor(), changed_at = reclaim.clock(), why = p_why
    where name = 'trigger';
    perform reclaim.write_event('trigger_changed', 'operator', reclaim.application_actor(), v_value, p_why);
    return v_value;
end;
$$;
comment on function reclaim.set_trigger(boolean, text) is 'Turn the acceptance of approvals on or off: select reclaim.set_trigger(true, ''why'').';
