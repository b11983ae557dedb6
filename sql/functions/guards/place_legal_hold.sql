-- place_legal_hold: from its commit on nothing is taken from the subject, seat or mail address of this name, in one app or in all. A
-- removal whose intent is committed before has begun: it goes on only where a call may have been sent, and then only by looking.
-- The seats it covers are locked while it is placed, so that each intent for them comes either before it or sees it.
-- Returns how many known seats it covers, and the jobs whose removal had begun. Locks: those seats in key order, until commit.
-- Raises: RC422 no name or no reason; RC409 there is one already.
create or replace function reclaim.place_legal_hold(p_name text, p_reason text, p_app text default '*')
returns table (seats bigint, begun bigint[])
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_name text := lower(p_name);
begin
    if coalesce(p_name, '') = '' or coalesce(p_reason, '') = '' or coalesce(p_app, '') = '' then
        raise exception 'place_legal_hold needs a name and a reason: select * from reclaim.place_legal_hold(''name'', ''why'')'
            using errcode = 'RC422', hint = 'Names: a subject, seat or mail address, whole, in any case of letters.';
    end if;
    select count(*), array_agg(removal_job order by removal_job) filter (where state = 'flagged' and removal_job is not null)
    into seats, begun from (
        select s.state, s.removal_job from reclaim.seat s
        where v_name in (lower(s.subject), lower(s.seat), lower(s.email)) and p_app in ('*', s.app)
        order by s.app, s.seat for update) as covered;
    insert into reclaim.legal_hold (name, app, placed_at) values (v_name, p_app, reclaim.clock()) on conflict do nothing;
    if not found then
        raise exception 'there is a legal hold on this name already' using errcode = 'RC409';
    end if;
    perform reclaim.write_event('legal_hold_placed', 'operator', reclaim.application_actor(), null, p_reason,
        json_build_object('seats', seats, 'begun', begun), p_app, null, v_name);
    return next;
end;
$$;
comment on function reclaim.place_legal_hold(text, text, text) is
    'Forbid removals from a subject, seat or mail address: select * from reclaim.place_legal_hold(''00u1ada'', ''case 17''); third: an app.';

-- lift_legal_hold: removals approved from now on are possible again. What the hold refused stays refused: it wants a new approval.
-- Raises: RC404 there is none; RC422 no reason.
create or replace function reclaim.lift_legal_hold(p_name text, p_reason text, p_app text default '*') returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(p_reason, '') = '' then
        raise exception 'lift_legal_hold needs a reason: select reclaim.lift_legal_hold(''name'', ''why'')' using errcode = 'RC422';
    end if;
    delete from reclaim.legal_hold where name = lower(p_name) and app = p_app;
    if not found then
        raise exception 'there is no legal hold on this name in app %', quote_nullable(p_app) using errcode = 'RC404',
            hint = 'Legal holds: select * from reclaim.legal_holds.';
    end if;
    perform reclaim.write_event('legal_hold_lifted', 'operator', reclaim.application_actor(), null, p_reason, null, p_app, null, lower(p_name));
end;
$$;
comment on function reclaim.lift_legal_hold(text, text, text) is 'End a legal hold: select reclaim.lift_legal_hold(''00u1ada'', ''case closed'').';
