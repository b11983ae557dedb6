-- renew_leases: extends the leases of the jobs a worker still works on. Returns the ids that are still its own; it must stop
-- work on every other one.
create or replace function reclaim.renew_leases(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_lease interval)
returns setof bigint
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    with mine as materialized (
        select j.id from reclaim.job j
            join unnest(p_ids, p_fences, p_tokens) as h (id, fence, token)
                on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
        order by j.id for update of j
    )
    update reclaim.job j set visible_at = reclaim.clock() + p_lease from mine where j.id = mine.id returning j.id
$$;
comment on function reclaim.renew_leases is 'Extends the leases of jobs in work; returns those still held. For workers.';
