-- lock_held_jobs: the first statement of every batch of records. Locks the jobs in id order and then, of those whose outcome is
-- still open, the seats in key order, so that batches of different workers that touch the same rows wait in line and never in a
-- circle. Messages do not touch the seat any more.
-- Generic plans over indexes, here and in every function of the hot path: planning such statements for each batch costs as much
-- as running them, and a plan made while a table is still empty reads it whole for ever after.
-- Returns the ids that are still the caller's.
create or replace function reclaim.lock_held_jobs(p_ids bigint[], p_fences bigint[], p_tokens uuid[]) returns setof bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
declare
    v_mine bigint[];
    v_undecided bigint[];
begin
    select array_agg(id), array_agg(id) filter (where state <> 'deliver') into v_mine, v_undecided from (
        select j.id, j.state from reclaim.job j
            join unnest(p_ids, p_fences, p_tokens) as h (id, fence, token)
                on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
        order by j.id for update of j) as locked;
    if v_undecided is not null then
        perform from (
            select from reclaim.seat s
            where (s.app, s.seat) in (select a.app, a.seat from reclaim.approval a where a.id = any (v_undecided))
            order by s.app, s.seat for update) as seats;
    end if;
    return query select unnest(v_mine);
end;
$$;
comment on function reclaim.lock_held_jobs is
    'Locks the jobs and seats of a batch in order; the first statement of every batch. For workers.';
