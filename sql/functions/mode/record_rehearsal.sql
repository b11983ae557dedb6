-- record_rehearsal: what the look of a dry run in mode read showed, and what live would do next: would_remove, would_record_absent,
-- would_record_scheduled, would_hold, would_fail or would_retry (the vendor did not say). Nothing was removed, so this is no outcome: the job
-- is held, and only a person lets it go on.
-- Returns what became of the job: held; no row when it was lost.
-- Raises: RC422 for another word.
create or replace function reclaim.record_rehearsal(p_id bigint, p_fence bigint, p_token uuid, p_would text, p_words text, p_operation text,
    p_status int, p_request_id text, p_connector text)
returns setof text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p_would is null or p_would not in ('would_remove', 'would_record_absent', 'would_record_scheduled', 'would_hold', 'would_fail', 'would_retry') then
        raise exception 'a rehearsal does not end as %', quote_nullable(p_would) using errcode = 'RC422';
    end if;
    perform from reclaim.job j
    where j.id = p_id and j.fence = p_fence and j.claim_token = p_token and j.state = 'validate' for update;
    if not found then
        return;
    end if;
    perform reclaim.hold_job(p_id, 'rehearsed', p_would, p_words, 'worker', session_user,
        json_strip_nulls(json_build_object('mode', 'read', 'connector', p_connector, 'operation', nullif(p_operation, ''),
            'status', nullif(p_status, 0), 'request_id', nullif(p_request_id, ''))));
    return next 'held';
end;
$$;
comment on function reclaim.record_rehearsal(bigint, bigint, uuid, text, text, text, int, text, text) is
    'What the look of a dry run showed; the job is held.';
