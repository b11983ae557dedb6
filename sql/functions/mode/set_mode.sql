-- mode_lock: the advisory lock under which modes are read and changed. Intents share it until they commit, so that set_mode waits for those
-- that read the old mode, and what begins after it reads the new one. A lock on the row would write to it for every batch.
create or replace function reclaim.mode_lock() returns bigint
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select hashtextextended('reclaim mode', 0) $$;
comment on function reclaim.mode_lock() is 'Key of the advisory lock that intents share and set_mode takes alone.';

-- set_mode: how far removals of an app may go, or, for *, of every app without a mode of its own:
--   plan     guards are weighed and the finding is written down; the vendor hears nothing
--   read     the vendor is looked at too; nothing is removed
--   canary   the first p_canary_max removals begin, all others are held; setting it again begins a new canary
--   live     removals are made
--   default  of one app: as * says again
-- When it has committed, no removal begins under the former mode. What a dry run found waits as a held job: no mode lets it go, a person does.
-- Returns the mode, how many seats of it are known (none: is the name right?), and the jobs whose removal had begun before. Those act no
-- more either in plan and read, and in a canary only with a place: they are held, in read and canary after a look.
-- Locks: the modes, alone, after waiting for the intents that are being committed; until commit, so commit at once.
-- Raises: RC404 default for an app that has no mode of its own; RC422 what is wrong with the arguments.
create or replace function reclaim.set_mode(p_app text, p_mode text, p_reason text, p_canary_max int default null)
returns table (mode text, seats bigint, begun bigint[])
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_app text := p_app;
begin
    if coalesce(p_app, '') = '' or coalesce(p_reason, '') = '' then
        raise exception 'set_mode needs an app or *, a mode and a reason: select * from reclaim.set_mode(''figma'', ''plan'', ''why'')'
            using errcode = 'RC422';
    end if;
    if p_mode is null or p_mode not in ('plan', 'read', 'canary', 'live', 'default') or p_mode = 'default' and p_app = '*' then
        raise exception '% is not a mode of %', quote_nullable(p_mode), quote_literal(p_app) using errcode = 'RC422',
            hint = 'Modes: plan, read, canary, live; of an app also default: as * says.';
    end if;
    if (p_mode = 'canary') <> (p_canary_max is not null) or p_canary_max <= 0 then
        raise exception 'a canary, and nothing else, needs a number of removals from 1: select * from reclaim.set_mode(%, ''canary'', ''why'', 10)',
            quote_literal(p_app) using errcode = 'RC422';
    end if;
    perform pg_advisory_xact_lock(reclaim.mode_lock());
    delete from reclaim.canary where app = v_app;
    if p_mode = 'default' then
        delete from reclaim.app_mode where app = v_app;
        if not found then
            raise exception 'app % has no mode of its own', quote_literal(p_app) using errcode = 'RC404',
                hint = 'Modes: select * from reclaim.modes.';
        end if;
    else
        insert into reclaim.app_mode (app, mode, canary_max, set_at) values (v_app, p_mode, p_canary_max, reclaim.clock())
        on conflict (app) do update set mode = excluded.mode, canary_max = excluded.canary_max, set_at = excluded.set_at;
    end if;
    perform reclaim.write_event('mode_changed', 'operator', reclaim.application_actor(), p_mode, p_reason,
        json_build_object('canary_max', p_canary_max), p_app);
    mode := p_mode;
    select count(*) into seats from reclaim.seat s where v_app in (s.app, '*');
    begun := array(select j.id from reclaim.job j join reclaim.approval a on a.id = j.id
        where j.state = 'revoke' and (a.app = v_app
            or v_app = '*' and not exists (select from reclaim.app_mode m where m.app = a.app)) order by j.id);
    return next;
end;
$$;
comment on function reclaim.set_mode(text, text, text, int) is
    'How far removals go: select * from reclaim.set_mode(''figma'', ''plan'', ''why''). Modes: plan, read, canary (fourth: how many), live, default; app * is the default.';
