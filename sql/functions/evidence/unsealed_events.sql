-- unsealed_events: committed events above p_after that have no leaf yet, in the order of their ids, at most p_max.
create or replace function reclaim.unsealed_events(p_after bigint, p_max int) returns setof reclaim.log_event
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select e.* from reclaim.log_event e
    where e.audit_id > p_after and not exists (select from reclaim.leaf l where l.audit_id = e.audit_id)
    order by e.audit_id limit p_max
$$;
comment on function reclaim.unsealed_events is 'Events that are not sealed, as the lines that are hashed. For the sealer.';
