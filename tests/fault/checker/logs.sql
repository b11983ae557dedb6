-- What the checker judges by besides the product's own tables: logs the product does not write. check.py copies them in line by line;
-- the views give them names and types.
drop schema if exists checker cascade;
create schema checker;

-- log: client, sandbox, fault. A line that is not JSON fails the load: half a log proves nothing.
create unlogged table checker.line (log text not null, entry jsonb not null);
-- The vendor's state, asked of the vendor: when is 'before' (the run) or 'after'.
create unlogged table checker.assignment (when_asked text not null, app text not null, holder text not null, generation bigint not null);
-- What a run must contain to count: {kind of fault, or late_call} -> at least so many.
create unlogged table checker.minimum (kind text primary key, n bigint not null);
create unlogged table checker.setting (name text primary key, value bigint not null);
insert into checker.setting values ('attempts_max', 12), ('quiet_seconds', 10);

create function checker.at(p_us jsonb) returns timestamptz language sql immutable
as $$ select to_timestamp(0) + (p_us #>> '{}')::bigint * interval '1 microsecond' $$;

-- Fills the typed tables from the lines. Tables, not views: every invariant reads them, and indexes make that cheap.
create function checker.unfold() returns void language plpgsql as $$
begin
    drop table if exists checker.t_client, checker.t_call, checker.t_idp, checker.t_linear, checker.t_callback, checker.t_fault, checker.t_job;
    create unlogged table checker.t_client as
    select (entry ->> 'req_no')::bigint as req_no, entry ->> 'webhook_id' as webhook_id, entry ->> 'approval_id' as approval_id,
        entry ->> 'body_sha256' as body_sha256, (entry ->> 'signed_ok')::boolean as signed_ok, (entry ->> 'in_window')::boolean as in_window,
        checker.at(entry -> 'sent_at_us') as sent_at, (entry ->> 'status')::int as status, entry ->> 'kind' as kind
    from checker.line where log = 'client';

    create unlogged table checker.t_call as
    select (c.entry ->> 'call_no')::bigint as call_no, checker.at(c.entry -> 'at_us') as at, checker.at(c.entry -> 'arrived_us') as arrived_at,
        c.entry ->> 'vendor' as vendor, c.entry ->> 'op' as op, (c.entry ->> 'status')::int as status, c.entry ->> 'effect' as effect,
        c.entry ->> 'fault' as fault, coalesce((r.entry ->> 'replied')::boolean, false) as replied, c.entry
    from checker.line c left join checker.line r on r.log = 'sandbox' and r.entry -> 'reply_of' = c.entry -> 'call_no'
    where c.log = 'sandbox' and c.entry ? 'call_no';

    create unlogged table checker.t_idp as
    select call_no, at, arrived_at, op, status, effect, fault, replied, entry ->> 'app' as app, entry ->> 'user' as holder,
        nullif(entry ->> 'op_key', '') as op_key, nullif(entry ->> 'fence', '')::bigint as fence, (entry ->> 'generation')::bigint as generation,
        op ~ '\.(delete|deactivate)_' as removes
    from checker.t_call where vendor = 'okta';

    create unlogged table checker.t_linear as
    select call_no, at, op, status, effect, fault, replied, entry ->> 'client_uuid' as client_uuid,
        coalesce((entry ->> 'created')::boolean, false) and effect = 'applied' as created
    from checker.t_call where op = 'linear.issueCreate';

    create unlogged table checker.t_callback as
    select call_no, at, status, fault, replied, entry ->> 'endpoint' as endpoint, entry ->> 'webhook_id' as webhook_id,
        entry ->> 'body_sha256' as body_sha256, coalesce((entry ->> 'sig_ok')::boolean, false) as sig_ok, entry ->> 'says' as says,
        (entry ->> 'body')::jsonb #>> '{data,outcome}' as outcome, ((entry ->> 'body')::jsonb #>> '{data,job_id}')::bigint as job_id
    from checker.t_call where op = 'requester.post' and entry ? 'says';

    create unlogged table checker.t_fault as
    select checker.at(entry -> 'at_us') as at, entry ->> 'kind' as kind, entry ->> 'target' as target,
        checker.at(entry -> 'until_us') as until
    from checker.line where log = 'fault'
    union all
    select at, fault, op, null from checker.t_call where fault <> '';

    create index on checker.t_client (webhook_id);
    create index on checker.t_client (approval_id);
    create index on checker.t_idp (op_key);
    create index on checker.t_linear (client_uuid);
    create index on checker.t_callback (webhook_id);
    create index on checker.t_callback (job_id);

    -- Every job, open or ended, with what it was about.
    create unlogged table checker.t_job as
    select a.id as job_id, a.source, a.approval_ref, a.app, a.seat, a.subject, a.flag_epoch, d.outcome as ended_as, d.finished_at, d.effect_possible,
        j.state, j.claim_token, j.visible_at,
        (select t.operation_key from reclaim.audit t where t.job_id = a.id and t.event_type = 'revoke_attempted' order by t.event_seq limit 1) as op_key
    from reclaim.approval a left join reclaim.job j on j.id = a.id left join reclaim.job_done d on d.id = a.id;
    create index on checker.t_job (job_id);
    create index on checker.t_job (op_key);
    -- These and the product's; the catalogue needs none.
    execute (select 'analyze ' || string_agg(oid::regclass::text, ', ') from pg_class
        where relkind in ('r', 'p') and relnamespace in ('checker'::regnamespace, 'reclaim'::regnamespace));
end;
$$;
