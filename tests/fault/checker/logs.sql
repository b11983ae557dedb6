-- What the checker judges by besides the product's own tables: logs the product does not write. check.py copies them in line by line;
-- the views give them names and types.
drop schema if exists checker cascade;
create schema checker;

-- log: client, sandbox, fault, program, measure. A line that is not JSON fails the load: half a log proves nothing.
create unlogged table checker.line (log text not null, entry jsonb not null);
-- The vendor's state, asked of the vendor: when is 'before' (the run) or 'after'.
create unlogged table checker.assignment (when_asked text not null, app text not null, holder text not null, generation bigint not null);
-- What a run must contain to count: kind of fault, refused_write or late_call -> at least so many.
create unlogged table checker.minimum (kind text primary key, n bigint not null);
create unlogged table checker.setting (name text primary key, value bigint not null);
insert into checker.setting values ('attempts_max', 12), ('quiet_seconds', 10), ('quiet_jobs', 1), ('rss_growth_percent', 50), ('vendor_connections_max', 300), ('grace_ms', 0);

create function checker.at(p_us jsonb) returns timestamptz language sql immutable
as $$ select to_timestamp(0) + (p_us #>> '{}')::bigint * interval '1 microsecond' $$;

-- Fills the typed tables from the lines. Tables, not views: every invariant reads them, and indexes make that cheap.
create function checker.unfold() returns void language plpgsql as $$
begin
    -- Without statistics the joins below would be planned for a handful of lines.
    analyze checker.line;
    drop table if exists checker.t_client, checker.t_call, checker.t_idp, checker.t_linear, checker.t_callback, checker.t_fault, checker.t_job,
        checker.t_program, checker.t_resources, checker.t_flag, checker.t_hold, checker.met;
    create unlogged table checker.t_client as
    select (entry ->> 'req_no')::bigint as req_no, entry ->> 'webhook_id' as webhook_id, entry ->> 'approval_id' as approval_id,
        entry ->> 'body_sha256' as body_sha256, (entry ->> 'signed_ok')::boolean as signed_ok, (entry ->> 'in_window')::boolean as in_window,
        checker.at(entry -> 'sent_at_us') as sent_at, checker.at(coalesce(entry -> 'answered_at_us', entry -> 'sent_at_us')) as answered_at,
        checker.at(coalesce(entry -> 'connected_at_us', entry -> 'sent_at_us')) as connected_at, entry ->> 'receiver' as receiver, (entry ->> 'status')::int as status, entry ->> 'kind' as kind
    from checker.line where log = 'client';

    create unlogged table checker.t_call as
    select (c.entry ->> 'call_no')::bigint as call_no, checker.at(c.entry -> 'at_us') as at, checker.at(c.entry -> 'arrived_us') as arrived_at,
        c.entry ->> 'vendor' as vendor, c.entry ->> 'op' as op, (c.entry ->> 'status')::int as status, c.entry ->> 'effect' as effect,
        c.entry ->> 'fault' as fault, coalesce((r.entry ->> 'replied')::boolean, false) as replied, c.entry
    from checker.line c left join (select (entry ->> 'reply_of')::bigint as call_no, entry from checker.line
            where log = 'sandbox' and entry ? 'reply_of') as r on r.call_no = (c.entry ->> 'call_no')::bigint
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
    select at, fault, op, null from checker.t_call where fault not in ('', 'latency')
    union all
    select sent_at, 'sender_' || kind, webhook_id, null from checker.t_client where kind not in ('approved', 'flagged', 'unflagged')
    union all
    -- Nobody's doing but Linear's: the id was there already.
    select at, 'linear_duplicate', op, null from checker.t_call where op = 'linear.issueCreate' and entry -> 'created' = 'false';

    create unlogged table checker.t_program as
    select checker.at(entry -> 'at_us') as at, entry ->> 'by' as by, entry ->> 'event' as event, (entry ->> 'job')::bigint as job_id, entry
    from checker.line where log = 'program';

    create unlogged table checker.t_resources as
    select entry ->> 'subject' as subject, entry ->> 'role' as role, entry ->> 'moment' as moment, h.key as what, h.value::bigint as n
    from checker.line, jsonb_each_text(entry -> 'held') as h where log = 'measure' and entry ->> 'what' = 'resources';

    create index on checker.t_idp (op_key);
    -- What a run must have met, and nobody can inject: workers that outlived their leases, seen by records refused to them, and by removing
    -- calls that took effect time after a newer holder had called; guards that objected.
    create unlogged table checker.met as
    select 'refused_write' as kind, count(*) as n from checker.t_program where event = 'lease_lost' and entry ->> 'how' = 'record_refused'
    union all
    select 'late_call', count(*) from checker.t_idp x where x.removes and x.effect <> 'applied' and exists (select from checker.t_idp newer
        where newer.op_key = x.op_key and newer.fence > x.fence and newer.arrived_at < x.at)
    union all
    select g.kind, count(t.audit_id) from (values ('refused_legal_hold', 'refused', 'legal_hold'), ('held_budget', 'held', 'budget'),
            ('deferred_grace', 'deferred', 'grace_period')) as g (kind, event, reason)
        left join reclaim.audit t on t.event_type = g.event and t.reason_code = g.reason group by g.kind;

    create index on checker.t_client (webhook_id);
    create index on checker.t_client (approval_id);
    create index on checker.t_linear (client_uuid);
    create index on checker.t_callback (webhook_id);
    create index on checker.t_callback (job_id);
    create index on checker.t_program (job_id);

    -- Every job, open or ended, with what it was about.
    create unlogged table checker.t_job as
    select a.id as job_id, a.source, a.approval_ref, a.app, a.seat, a.subject, a.approver, a.flag_epoch,
        a.received_at, d.outcome as ended_as, d.finished_at, d.effect_possible,
        j.state, j.claim_token, j.visible_at,
        (select t.operation_key from reclaim.audit t where t.job_id = a.id and t.event_type = 'revoke_attempted' order by t.event_seq limit 1) as op_key
    from reclaim.approval a left join reclaim.job j on j.id = a.id left join reclaim.job_done d on d.id = a.id;
    create index on checker.t_job (job_id);
    create index on checker.t_job (op_key);

    -- Every flagging and clearing of a seat.
    create unlogged table checker.t_flag as
    select audit_id, app, seat, event_type, flag_epoch from reclaim.journal where event_type in ('seat_flagged', 'seat_unflagged');
    create index on checker.t_flag (app, seat, audit_id);

    create unlogged table checker.t_hold as
    select audit_id, subject as name, event_type from reclaim.journal where event_type in ('legal_hold_placed', 'legal_hold_lifted');
    create index on checker.t_hold (name, audit_id);
    -- These and the product's; the catalogue needs none.
    execute (select 'analyze ' || string_agg(oid::regclass::text, ', ') from pg_class
        where relkind in ('r', 'p') and relnamespace in ('checker'::regnamespace, 'reclaim'::regnamespace));
end;
$$;

-- What the run contained, for the documents.
create function checker.seen() returns json language plpgsql as $$
begin
    return json_build_object(
        'faults', (select json_object_agg(kind, n order by kind) from (select kind, count(*) as n from checker.t_fault group by kind) as f),
        'jobs', (select count(*) from checker.t_job),
        'endings', (select json_object_agg(coalesce(ended_as, 'open'), n) from (select ended_as, count(*) as n from checker.t_job group by 1) as e),
        'vendor_calls', (select count(*) from checker.t_call), 'requests', (select count(*) from checker.t_client),
        'leases_lost', (select count(*) from checker.t_program where event = 'lease_lost'),
        'refused_writes', (select n from checker.met where kind = 'refused_write'),
        'late_calls', (select n from checker.met where kind = 'late_call'),
        'objections', (select json_object_agg(kind, n) from checker.met where kind not in ('refused_write', 'late_call')));
end;
$$;
