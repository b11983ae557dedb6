-- second_job: another person agrees to a removal that has not begun. A job that was held for want of them goes on. Who counts is the
-- guard's to say (guards/second_approver.sql); the approver's own word is refused here already, because it would say nothing.
-- Writes: audit, audit_personal, job. Locks: the job. Raises: RC404 no such job; RC409 it has begun or ended, or they approved it themselves.
create or replace function reclaim.second_job(p_job bigint, p_person text, p_approved_at timestamptz, p_actor_kind text, p_actor text)
returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_job reclaim.job;
    v_approver text;
begin
    select * into v_job from reclaim.job where id = p_job for update;
    if not found then
        raise exception 'job % does not exist or has ended', p_job using errcode = 'RC404';
    end if;
    select a.approver into v_approver from reclaim.approval a where a.id = p_job;
    if v_job.kind <> 'removal' or coalesce(v_job.held_from, v_job.state) <> 'validate' then
        raise exception 'job % is no removal that has not begun: nobody can second it now', p_job using errcode = 'RC409';
    end if;
    if lower(p_person) = lower(v_approver) then
        raise exception 'job % was approved by the same person', p_job using errcode = 'RC409', hint = 'A second person has to agree.';
    end if;
    perform reclaim.write_audit(p_job, 'seconded', p_actor_kind, p_actor, null, null, p_person,
        json_build_object('approved_at', reclaim.iso(p_approved_at)));
    if v_job.state = 'held' and v_job.reason = 'second_approver_missing' then
        perform reclaim.go_on(p_job);
    end if;
end;
$$;
comment on function reclaim.second_job is 'Records that another person agrees to a removal; part of second and accept_webhooks.';

-- second: the same for people. p_person is who agrees, by directory id; Reclaim cannot check that it is true, so who is signed in stands
-- in the event, too.
-- Raises: as second_job; RC422 no name.
create or replace function reclaim.second(p_job bigint, p_person text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(p_person, '') = '' then
        raise exception 'second needs a name: select reclaim.second(%, ''who agrees'')', p_job using errcode = 'RC422';
    end if;
    perform reclaim.second_job(p_job, p_person, reclaim.clock(), 'operator', reclaim.application_actor());
    perform pg_notify('reclaim_job', '');
end;
$$;
comment on function reclaim.second(bigint, text) is
    'A second person agrees to a removal: select reclaim.second(42, ''cfo@example.com''). Needed where the policy says so.';
