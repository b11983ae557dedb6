-- late_removals: approved removals that took longer than p_target from the approval to the record, or that are still not made after it:
-- open, held and failed ones too. What was refused, cancelled or superseded is not late. The latest first.
create or replace function reclaim.late_removals(p_target interval default '24 hours')
returns table (job_id bigint, app text, seat text, approver text, approved_at timestamptz, due_at timestamptz, removed_at timestamptz,
    late_by interval, state text, reason text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select v.job_id, v.app, v.seat, v.approver, a.approved_at, a.approved_at + p_target, r.recorded_at,
        date_trunc('second', coalesce(r.recorded_at, reclaim.clock()) - a.approved_at - p_target), v.state, v.reason
    from reclaim.jobs v
        join reclaim.approval a on a.id = v.job_id
        left join lateral (select t.recorded_at from reclaim.audit t where t.job_id = v.job_id
            and t.event_type in ('revoke_confirmed', 'already_absent') order by t.event_seq limit 1) as r on true
    where a.undoes is null and coalesce(r.recorded_at, reclaim.clock()) > a.approved_at + p_target
        and (r.recorded_at is not null or v.state in ('validate', 'revoke', 'held', 'failed') or v.outcome = 'failed')
    order by 8 desc, 1
$$;
comment on function reclaim.late_removals is
    'Removals later than a target after their approval, made or still not: select * from reclaim.late_removals(''24 hours'').';
