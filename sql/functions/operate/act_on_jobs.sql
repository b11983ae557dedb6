-- act_on_jobs: cancel, hold, release or requeue every job that fits a filter, oldest first, each as the function for one job would, and
-- says what became of them, counted. A job for which it is not legal is counted with the refusal and left as it is.
-- A dry run does all of it and rolls it back, so its counts are those of the real run at that moment.
-- Candidates: for cancel and hold jobs whose outcome is open, for release held ones, for requeue failed ones. null filters nothing.
-- Returns one row per app, state before, state after and refusal. Locks: the open jobs by id, then, for cancel, their seats by key, as
-- workers do, so that nobody waits in a circle; a dry run lets go of them.
-- Raises: RC422 no reason.
create or replace function reclaim.act_on_jobs(p_verb text, p_reason text, p_app text, p_source text, p_approver text, p_because text,
    p_since timestamptz, p_limit int, p_dry_run boolean)
returns table (app text, was text, becomes text, jobs bigint, ids bigint[], refusal text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_job record;
    v_found bigint[];
    v_ids bigint[] := '{}';
    v_apps text[] := '{}';
    v_was text[] := '{}';
    v_becomes text[] := '{}';
    v_refusals text[] := '{}';
    v_became text;
    v_refusal text;
begin
    if coalesce(p_reason, '') = '' then
        raise exception '%_jobs needs a reason: select * from reclaim.%_jobs(''why'')', p_verb, p_verb using errcode = 'RC422';
    end if;
    begin
        select array_agg(id) into v_found from (
            select f.id from (
                select j.id, j.reason from reclaim.job j where case p_verb when 'requeue' then j.outcome = 'failed' when 'release' then j.state = 'held'
                    when 'hold' then j.state in ('validate', 'revoke') else j.state in ('validate', 'revoke', 'held') end
                union all
                select d.id, d.reason from reclaim.job_done d where p_verb = 'requeue' and d.outcome = 'failed') as f
                join reclaim.approval a on a.id = f.id
            where (p_app is null or a.app = p_app) and (p_source is null or a.source = p_source)
                and (p_approver is null or lower(a.approver) = lower(p_approver)) and (p_because is null or f.reason = p_because)
                and (p_since is null or a.received_at >= p_since)
            order by f.id limit p_limit) as found;
        perform from (select from reclaim.job where id = any (v_found) order by id for update) as locked;
        if p_verb = 'cancel' then
            perform from (select from reclaim.seat s
                where (s.app, s.seat) in (select a.app, a.seat from reclaim.approval a where a.id = any (v_found))
                order by s.app, s.seat for update) as locked;
        end if;
        for v_job in
            select a.id, a.app, coalesce(j.outcome, j.state, d.outcome) as was
            from reclaim.approval a left join reclaim.job j on j.id = a.id left join reclaim.job_done d on d.id = a.id
            where a.id = any (v_found) order by a.id
        loop
            v_refusal := null;
            begin
                v_became := case p_verb when 'cancel' then reclaim.cancel(v_job.id, p_reason) when 'hold' then reclaim.hold(v_job.id, p_reason)
                    when 'release' then reclaim.release(v_job.id, p_reason) when 'requeue' then reclaim.requeue(v_job.id, p_reason) end;
            exception when sqlstate 'RC409' or sqlstate 'RC404' then
                v_became := v_job.was;
                v_refusal := regexp_replace(sqlerrm, '^job \d+:? ', '');
            end;
            v_ids := v_ids || v_job.id;
            v_apps := v_apps || v_job.app;
            v_was := v_was || v_job.was;
            v_becomes := v_becomes || v_became;
            v_refusals := v_refusals || v_refusal;
        end loop;
        if p_dry_run then
            raise exception sqlstate 'RC000';
        end if;
    exception when sqlstate 'RC000' then
        null;  -- all undone; what was counted is not
    end;
    return query
    select t.app, t.was, t.becomes, count(*), array_agg(t.id order by t.id), t.refusal
    from unnest(v_ids, v_apps, v_was, v_becomes, v_refusals) as t (id, app, was, becomes, refusal)
    group by t.app, t.was, t.becomes, t.refusal order by t.app, t.was, t.refusal nulls first;
end;
$$;
comment on function reclaim.act_on_jobs is 'What cancel_jobs, hold_jobs, release_jobs and requeue_jobs share.';
