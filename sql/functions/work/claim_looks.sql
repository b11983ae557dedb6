-- claim_looks: gives up to p_max removals whose next look is due to one worker. A look changes nothing at the vendor, so no fence has
-- to stop one; the lease keeps two workers from asking the same, and the token keeps the one that lost it from recording.
-- p_apps and p_connectors: the apps this worker knows, each with its connector. What may not be asked now (a gate is closed, the
-- mode is plan, or this worker does not know the app) is put off and says why; a removal whose subject was erased is looked at no more.
-- Returns: the claimed looks. Locks: the claimed rows until commit.
create or replace function reclaim.claim_looks(p_max int, p_lease interval, p_apps text[], p_connectors text[])
returns table (job_id bigint, fence bigint, token uuid, looks int, tries int, app text, seat text, subject text, email text,
    connector text, operation_key text)
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
#variable_conflict use_column
declare
    v_now timestamptz := reclaim.clock();
begin
    return query
    with due as materialized (
        select l.job_id from reclaim.later_look l where l.due_at <= v_now order by l.due_at limit p_max for update skip locked
    ), known as materialized (
        select d.job_id, a.app, a.seat, a.subject, a.flag_epoch, c.connector, s.email,
            case when c.connector is null then 'app_not_configured' when g.closed_until is not null then 'gate_closed'
                when m.mode = 'plan' then 'mode_is_plan' end as obstacle,
            least(g.closed_until, v_now + interval '1 minute') as again_at
        from due d join reclaim.approval a on a.id = d.job_id
            left join unnest(p_apps, p_connectors) as c (app, connector) on c.app = a.app
            left join reclaim.seat s on s.app = a.app and s.seat = a.seat
            left join lateral (select w.mode from reclaim.app_mode w where w.app in ('*', a.app) order by w.app = '*' limit 1) as m on true
            left join lateral (select max(closed_until) as closed_until from reclaim.gate
                where scope in ('all', 'app:' || a.app, 'connector:' || c.connector) and closed_until > v_now) as g on true
    ), erased as (
        delete from reclaim.later_look l using known k where l.job_id = k.job_id and (k.seat is null or k.subject is null)
    ), put_off as (
        update reclaim.later_look l set due_at = k.again_at, claim_token = null, why = k.obstacle,
            unread_since = coalesce(l.unread_since, v_now)
        from known k where l.job_id = k.job_id and k.seat is not null and k.subject is not null and k.obstacle is not null
    ), taken as (
        update reclaim.later_look l set due_at = v_now + p_lease, fence = l.fence + 1, claim_token = gen_random_uuid()
        from known k where l.job_id = k.job_id and k.seat is not null and k.subject is not null and k.obstacle is null
        returning l.job_id, l.fence, l.claim_token, l.looks, l.tries
    )
    select t.job_id, t.fence, t.claim_token, t.looks, t.tries, k.app, k.seat, k.subject, k.email, k.connector,
        encode(sha256(convert_to('reclaim.revoke.v1:' || k.job_id || ':' || k.flag_epoch, 'UTF8')), 'hex')
    from taken t join known k using (job_id);
end;
$$;
comment on function reclaim.claim_looks is 'Gives later looks that are due to one worker, under a lease.';
