-- hand_back: gives jobs back unharmed: at shutdown (wait 0) or because a gate they need is closed (p_waiting_for names it; a null
-- wait parks the job until that gate is opened). An attempt that had begun is not charged.
-- Returns the ids that were still the caller's.
create or replace function reclaim.hand_back(p_ids bigint[], p_fences bigint[], p_tokens uuid[], p_waits interval[],
    p_waiting_for text[])
returns setof bigint
language sql security definer set search_path = pg_catalog, pg_temp
as $$
    with mine as materialized (
        select j.id, h.wait, h.waiting_for from reclaim.job j
            join unnest(p_ids, p_fences, p_tokens, p_waits, p_waiting_for) as h (id, fence, token, wait, waiting_for)
                on j.id = h.id and j.fence = h.fence and j.claim_token = h.token
        order by j.id for update of j
    )
    update reclaim.job j
    set visible_at = reclaim.due_after(mine.waiting_for, mine.wait),
        claim_token = null, worker = null, crashes = 0, waiting_for = mine.waiting_for,
        attempts = case when j.state = 'revoke' and mine.waiting_for is null then greatest(j.attempts - 1, 0) else j.attempts end
    from mine where j.id = mine.id returning j.id
$$;
comment on function reclaim.hand_back is 'Gives jobs back without charging an attempt. For workers.';
