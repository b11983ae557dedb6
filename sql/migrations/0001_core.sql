-- The tables of the queue, its evidence and its controls.
--
-- The job table is hot: narrow, small (finished work moves to job_done), vacuumed eagerly, and no foreign key points at it
-- (a key's share lock and our update on the same row would make multixacts). Everything else is insert-mostly.

create table reclaim.seat (
    app text not null,
    seat text not null,
    subject text not null,
    email text,
    attributes text[],
    state text not null default 'active' constraint seat_state_known check (state in ('active', 'flagged', 'removed')),
    flag_epoch bigint not null default 0,
    flagged_at timestamptz,
    flag_rule text,
    flag_evidence json,
    last_activity_at timestamptz,
    activity_checked_at timestamptz,
    unit_cost_minor bigint,
    currency char(3),
    removal_job bigint,
    changed_at timestamptz not null,
    constraint seat_pkey primary key (app, seat)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
comment on table reclaim.seat is 'What detection says of each seat. flag_epoch grows by one at each flagging, so that an approval can be bound to one of them.';
comment on column reclaim.seat.attributes is 'What detection says of its holder, such as executive or break-glass, for the policy to protect; null: it never said.';
comment on column reclaim.seat.unit_cost_minor is 'What the seat costs per month, in the currency''s minor unit, as detection said; null: unknown.';
comment on column reclaim.seat.removal_job is 'The one job that may remove this seat in this flag epoch; set by its intent.';

create sequence reclaim.approval_id;

create table reclaim.approval (
    id bigint constraint approval_pkey primary key,
    source text not null,
    approval_ref text not null,
    delivery_id text not null,
    key_id text not null,
    body bytea,
    body_sha256 bytea,
    received_at timestamptz not null,
    app text not null,
    seat text,
    flag_epoch bigint not null,
    subject text,
    approver text,
    requester text,
    callback_url text,
    reason text,
    approved_at timestamptz not null,
    expires_at timestamptz,
    salts bytea not null,
    undoes bigint,
    constraint one_approval_per_reference unique (source, approval_ref)
);
create index approval_undoes on reclaim.approval (undoes) where undoes is not null;
comment on table reclaim.approval is 'What was approved: the exact signed bytes and the fields read from them. Never changed, but what names a person can be erased (null). Its id is also its job''s id; its event received commits to all of it.';
comment on column reclaim.approval.undoes is 'Of a restore: the job whose removal it undoes. Null: it approves a removal.';
comment on column reclaim.approval.salts is 'What opens the commitments of the event received: one letter and 16 random bytes for each field, see reclaim.commit_to(). Erased with its field.';

create table reclaim.delivery (
    source text not null,
    delivery_id text not null,
    copy bigint not null,
    at timestamptz not null,
    event_type text not null,
    body_sha256 bytea,
    verdict text not null,
    job_id bigint,
    constraint delivery_pkey primary key (source, delivery_id, copy)
);
comment on table reclaim.delivery is 'One row per answered webhook. copy 0 is the first sight of an id; a duplicate writes its own row before it is acknowledged. The digest goes when the bytes are erased: names could be guessed by it.';

create table reclaim.job (
    id bigint constraint job_pkey primary key,
    kind text not null default 'removal' constraint job_kind_known check (kind in ('removal', 'restore')),
    state text not null constraint job_state_known check (state in ('validate', 'revoke', 'deliver', 'held')),
    visible_at timestamptz not null,
    fence bigint not null default 0,
    claim_token uuid,
    worker uuid,
    attempts int not null default 0,
    crashes int not null default 0,
    event_seq int not null,
    effect_possible boolean not null default false,
    unit_at timestamptz,
    unit_spent boolean not null default false,
    held_from text constraint job_held_from_known check (held_from in ('validate', 'revoke')),
    waiting_for text,
    outcome text constraint job_outcome_known
        check (outcome in ('removed', 'already_absent', 'scheduled', 'refused', 'superseded', 'cancelled', 'failed',
            'restored', 'partly_restored', 'already_held', 'not_possible')),
    reason text,
    created_at timestamptz not null,
    constraint held_jobs_know_where_they_were check ((state = 'held') = (held_from is not null)),
    constraint delivering_jobs_have_an_outcome check ((state = 'deliver') = (outcome is not null))
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
        autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000);
-- visible_at is the one scheduling column: due work, leases (now + lease), back-off and grace; parked rows sit at infinity,
-- at the far end of this index, where no claim looks.
create index job_due on reclaim.job (visible_at);
-- In the order of ids, in which those that wait for their turn at a limited connector get it.
create index job_waiting on reclaim.job (waiting_for, id) where waiting_for is not null;
comment on table reclaim.job is 'One narrow row per approval with unfinished business.';
comment on column reclaim.job.unit_at is 'When its intent took one unit of every budget it falls under; null: it has none.';
comment on column reclaim.job.unit_spent is 'A call that removes may have been sent since it has that unit, which therefore never comes back.';
comment on column reclaim.job.effect_possible is 'A call that removes may have reached the vendor and its result is not recorded yet.';

create table reclaim.job_done (
    id bigint not null,
    kind text not null,
    outcome text not null,
    reason text,
    effect_possible boolean not null,
    fence bigint not null,
    attempts int not null,
    crashes int not null,
    event_seq int not null,
    created_at timestamptz not null,
    finished_at timestamptz not null,
    constraint job_done_pkey primary key (id, finished_at)
) partition by range (finished_at);
create table reclaim.job_done_rest partition of reclaim.job_done default;
comment on table reclaim.job_done_rest is 'Finished jobs of months without a partition: they can not be dropped by the month.';
comment on table reclaim.job_done is 'Finished jobs, one partition per month, kept by policy and dropped whole.';

create table reclaim.audit (
    audit_id bigint generated by default as identity constraint audit_pkey primary key,
    job_id bigint,
    recorded_at timestamptz not null,
    fence bigint,
    flag_epoch bigint,
    approved_at timestamptz,
    expires_at timestamptz,
    event_seq int,
    attempt int,
    provider_status int,
    event_type text not null constraint audit_event_known check (event_type in (
        'received', 'refused', 'superseded', 'held', 'released', 'cancelled', 'requeued', 'quarantined',
        'revoke_attempted', 'attempt_failed', 'outcome_unknown', 'revoke_confirmed', 'already_absent', 'still_present',
        'revoke_failed', 'compensation_needed', 'ticket_opened', 'ticket_failed', 'ticket_commented', 'comment_failed', 'requester_confirmed', 'requester_notified',
        'confirmation_failed', 'seat_flagged', 'seat_unflagged', 'gate_closed', 'gate_opened', 'trigger_changed',
        'identity_erased', 'deferred', 'legal_hold_placed', 'legal_hold_lifted', 'budget_set', 'budget_dropped', 'budget_latched',
        'budget_released', 'mode_changed', 'rehearsed', 'verified_absent', 'drift_found', 'look_failed', 'restore_attempted', 'restored',
        'restore_failed', 'seconded', 'owners_reported')),
    outcome text,
    reason_code text,
    actor_kind text not null constraint audit_actor_known
        check (actor_kind in ('sender', 'worker', 'operator', 'detector', 'system')),
    actor_ref text,
    app text,
    approval_ref text,
    delivery_id text,
    key_id text,
    operation_key text,
    connector text,
    provider_operation text,
    provider_request_id text,
    commitments bytea,
    detail json,
    constraint audit_belongs_to_a_job_in_order check ((job_id is null) = (event_seq is null)),
    constraint audit_names_programs_not_people check ((actor_ref is null) = (actor_kind in ('operator', 'detector')))
);
create unique index audit_of_job on reclaim.audit (job_id, event_seq) where job_id is not null;
comment on table reclaim.audit is 'The log: append-only, one row per event; event_seq has no gaps within a job. Written in the transaction that makes the event true. Names nobody: reclaim.journal shows it with the names.';
comment on column reclaim.audit.commitments is 'To what the event is about but does not say: one letter and SHA-256(salt || value) for each, see reclaim.commit_to().';

create table reclaim.audit_personal (
    audit_id bigint constraint audit_personal_pkey primary key,
    seat text,
    subject text,
    actor text,
    words text,
    salts bytea not null
);
comment on table reclaim.audit_personal is 'What events of people commit to, in clear: the seat and subject of a flag, who acted, and free text (reasons, what a vendor said, detection''s evidence). Never changed, but can be erased (null).';

create table reclaim.outbox (
    job_id bigint not null,
    message_id text not null,
    topic text not null constraint outbox_topic_known check (topic in ('ticket', 'confirmation', 'comment')),
    state text not null default 'pending' constraint outbox_state_known
        check (state in ('pending', 'delivered', 'undeliverable')),
    body text,
    attempts int not null default 0,
    due_at timestamptz not null,
    last_error text,
    identifier text,
    url text,
    created_at timestamptz not null,
    ended_at timestamptz,
    parked boolean not null generated always as (due_at = 'infinity') stored,
    constraint outbox_pkey primary key (job_id, message_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
-- Messages parked behind a gate that only a person opens; open_gate() finds them here. On a column of its own, because a column
-- that an index mentions makes every update that changes it write all indexes anew, and state and due_at change all the time.
create index outbox_parked on reclaim.outbox (job_id) where parked;
comment on table reclaim.outbox is 'Messages owed or sent: tickets, confirmations and comments on tickets, each written in the transaction that makes it true.';
comment on column reclaim.outbox.body is 'The bytes to send, frozen: once here they are never changed again. Null: a confirmation that still waits for its ticket.';

create table reclaim.later_look (
    job_id bigint constraint later_look_pkey primary key,
    removed_at timestamptz not null,
    due_at timestamptz not null,
    looks int not null default 0,
    tries int not null default 0,
    fence bigint not null default 0,
    claim_token uuid,
    unread_since timestamptz,
    why text
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index later_look_due on reclaim.later_look (due_at);
comment on table reclaim.later_look is 'Removals that are still looked at again, one row each; gone after the last look of the schedule. due_at is also the lease, and infinity once the looks are given up.';
comment on column reclaim.later_look.looks is 'How many looks of the schedule have shown the seat gone.';
comment on column reclaim.later_look.tries is 'How often the look that is due now could not be read.';

create table reclaim.gate (
    scope text constraint gate_pkey primary key,
    closed_until timestamptz not null,
    why text not null,
    closed_by text not null,
    closed_at timestamptz not null,
    probe_at timestamptz
);
comment on column reclaim.gate.probe_at is 'Of a circuit breaker: when one worker may try the vendor; its answer opens the gate or closes it for longer. Null: a person or the time opens it.';
comment on table reclaim.gate is 'Closed gates. Scopes: all, app:NAME, connector:NAME, linear, callback:NAME. A vendor''s Retry-After, a refused credential and the kill switch are all a row here.';

-- No row, no limit. A row is locked by each batch of calls that is let through, which is what makes the limit exact.
create table reclaim.connector_limit (
    connector text constraint connector_limit_pkey primary key,
    rate double precision,
    burst int,
    concurrency int,
    line_at timestamptz not null default 'epoch',
    hurry_until timestamptz not null default 'epoch',
    woken int not null default 0,
    woken_at timestamptz not null default 'epoch',
    slow_until timestamptz not null default 'epoch',
    slow_gap double precision not null default 0,
    told_at timestamptz not null
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
comment on table reclaim.connector_limit is 'Connectors with a limit: what the last worker that asked was configured with (rate in calls per second), and how much of it is used.';
comment on column reclaim.connector_limit.line_at is 'When all calls let through so far are paid for at the connector''s rate: the theoretical arrival time of a leaky bucket.';
comment on column reclaim.connector_limit.hurry_until is 'A call of a job that has begun found no place: until then no further job begins.';
comment on column reclaim.connector_limit.woken is 'Jobs whose turn has come and that have not begun yet: room that is spoken for, for a second.';
comment on column reclaim.connector_limit.slow_until is 'The vendor''s own headers said that little is left until then: slow_gap seconds between calls, without a burst.';

create table reclaim.call_permit (
    id bigint generated always as identity constraint call_permit_pkey primary key,
    connector text not null,
    subject bytea,
    ends_at timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
create index call_permit_of_connector on reclaim.call_permit (connector);
comment on table reclaim.call_permit is 'Calls under way to connectors that bound them, one row each. A worker that dies leaves its rows; they count until ends_at, which no call outlasts.';
comment on column reclaim.call_permit.subject is 'SHA-256 of whom the call is about, where the vendor wants one call at a time per person.';

create table reclaim.connector_trouble (
    connector text constraint connector_trouble_pkey primary key,
    failures int not null,
    pause interval not null default '0',
    changed_at timestamptz not null
);
comment on table reclaim.connector_trouble is 'Connectors whose last call failed: how often in a row over all workers, and how long the circuit breaker''s last pause was. No row: well.';

create table reclaim.setting (
    name text constraint setting_pkey primary key,
    value text not null,
    changed_by text not null,
    changed_at timestamptz not null,
    why text not null
);
insert into reclaim.setting (name, value, changed_by, changed_at, why)
values ('trigger', 'off', session_user, clock_timestamp(), 'off after installation: try a sample first, then turn it on'),
    ('flag_epoch_floor', '0', session_user, clock_timestamp(), 'raised when the row of a seat is erased');

comment on table reclaim.setting is 'Single values: the trigger, and the floor under new flag epochs. Each with who changed it last, when and why.';

create table reclaim.worker (
    id uuid constraint worker_pkey primary key,
    lock_key bigint,
    host text not null,
    pid int not null,
    version text not null,
    started_at timestamptz not null
);
comment on table reclaim.worker is 'Worker processes that are alive: one row each, taken away at a clean end, or by another worker that finds its lock free.';
comment on column reclaim.worker.lock_key is 'Session advisory lock held while the process lives; null behind a transaction pooler, where only leases tell.';

create table reclaim.legal_hold (
    name text not null,
    app text not null,
    placed_at timestamptz not null,
    constraint legal_hold_pkey primary key (name, app)
);
comment on table reclaim.legal_hold is 'Whom or what nothing may be removed from: a subject, seat or mail address in lower case, in one app or, as *, in all. Who placed it and why is in the journal.';

-- Blast radius. No row, no limit. A budget's row is locked by each intent that falls under it, which is what makes it exact; what was
-- spent stands in the ledger, so that giving a unit back takes no lock.
create table reclaim.budget (
    id bigint generated always as identity constraint budget_has_a_number unique,
    scope text not null,
    window_length interval not null,
    count_max int constraint budget_count_is_positive check (count_max > 0),
    percent_max numeric(5, 2) constraint budget_percent_is_one check (percent_max > 0 and percent_max <= 100),
    latched_at timestamptz,
    set_at timestamptz not null,
    constraint budget_pkey primary key (scope, window_length),
    constraint budget_limits_something check (count_max is not null or percent_max is not null)
);
comment on table reclaim.budget is 'Blast-radius limits and their latches. Scopes: all, app:NAME, approver:NAME, connector:NAME. Events name a budget by its number, because a scope may name a person.';

create table reclaim.budget_ledger (
    scope text not null,
    at timestamptz not null,
    units int not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
create index budget_ledger_window on reclaim.budget_ledger (scope, at) include (units);
comment on table reclaim.budget_ledger is 'Units taken (one row for a batch of intents) and given back (-1, at the time of the taking).';

create table reclaim.app_seats (
    app text constraint app_seats_pkey primary key,
    assigned int not null constraint app_seats_is_a_number check (assigned >= 0),
    reported_at timestamptz not null
);
comment on table reclaim.app_seats is 'How many seats of an app are assigned, as detection last said: what budgets in percent are percent of.';

create table reclaim.app_owners (
    app text constraint app_owners_pkey primary key,
    owners text[] not null,
    reported_at timestamptz not null
);
comment on table reclaim.app_owners is 'Who owns or administers an app, by subject in lower case, as detection last said: some of them are left, where the policy wants that.';

-- Dry run. One row decides for every worker, and changes in one transaction.
create table reclaim.app_mode (
    app text constraint app_mode_pkey primary key,
    mode text not null constraint app_mode_known check (mode in ('plan', 'read', 'canary', 'live')),
    canary_max int constraint app_mode_canary_is_positive check (canary_max > 0),
    set_at timestamptz not null,
    constraint only_a_canary_has_a_number check ((mode = 'canary') = (canary_max is not null))
);
insert into reclaim.app_mode (app, mode, set_at) values ('*', 'live', clock_timestamp());
comment on table reclaim.app_mode is 'How far removals of an app may go: plan, read, canary, live. * is for every app without a row of its own. Set by reclaim.set_mode().';

create table reclaim.canary (
    app text not null,
    job_id bigint not null,
    constraint canary_pkey primary key (app, job_id)
);
comment on table reclaim.canary is 'The removals that began under each canary: its places, at most canary_max. A job keeps its place in every attempt.';

create table reclaim.leaf (
    leaf_index bigint constraint leaf_pkey primary key,
    audit_id bigint not null constraint every_event_is_sealed_once unique
);
comment on table reclaim.leaf is 'The place of each sealed event in the Merkle tree: 0, 1, 2 without a gap, in the order of sealing, which is not that of the ids: those are drawn before their events commit.';

create table reclaim.seal (
    tree_size bigint constraint seal_pkey primary key,
    root_hash bytea not null,
    frontier bytea not null,
    settled_id bigint not null,
    checkpoint text not null,
    sealed_at timestamptz not null
);
comment on table reclaim.seal is 'Signed Merkle checkpoints over the log. tree_size leaves were sealed then; frontier holds the roots of the perfect subtrees they make, largest first.';
comment on column reclaim.seal.settled_id is 'No event with this id or a smaller one can still appear: each is sealed, or its transaction was rolled back.';

-- Evidence is never changed, by nobody: the owner's own functions have no reason to, and a superuser who switches this off is
-- what the seal is for. What names a person can be erased, and nothing else of it: never replaced.
create function reclaim.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op) using errcode = 'RC403';
end;
$$;
comment on function reclaim.refuse_change() is 'Trigger of the tables of evidence: refuses every change.';
create trigger append_only before update or delete on reclaim.audit for each row execute function reclaim.refuse_change();
create trigger append_only_whole before truncate on reclaim.audit for each statement execute function reclaim.refuse_change();

create trigger append_only before update or delete on reclaim.leaf for each row execute function reclaim.refuse_change();
create trigger append_only_whole before truncate on reclaim.leaf for each statement execute function reclaim.refuse_change();
create trigger append_only before update or delete on reclaim.seal for each row execute function reclaim.refuse_change();
create trigger append_only_whole before truncate on reclaim.seal for each statement execute function reclaim.refuse_change();

create trigger append_only before update on reclaim.approval for each row
when ((new.id, new.source, new.approval_ref, new.delivery_id, new.key_id, new.received_at, new.app, new.flag_epoch, new.approved_at,
        new.expires_at, new.undoes)
    is distinct from (old.id, old.source, old.approval_ref, old.delivery_id, old.key_id, old.received_at, old.app, old.flag_epoch,
        old.approved_at, old.expires_at, old.undoes)
    or coalesce(new.seat, old.seat) is distinct from old.seat or coalesce(new.subject, old.subject) is distinct from old.subject
    or coalesce(new.approver, old.approver) is distinct from old.approver
    or coalesce(new.requester, old.requester) is distinct from old.requester
    or coalesce(new.callback_url, old.callback_url) is distinct from old.callback_url
    or coalesce(new.reason, old.reason) is distinct from old.reason or coalesce(new.body, old.body) is distinct from old.body
    or coalesce(new.body_sha256, old.body_sha256) is distinct from old.body_sha256 or length(new.salts) > length(old.salts))
execute function reclaim.refuse_change();
create trigger append_only_rows before delete on reclaim.approval for each row execute function reclaim.refuse_change();
create trigger append_only_whole before truncate on reclaim.approval for each statement execute function reclaim.refuse_change();

create trigger append_only before update on reclaim.audit_personal for each row
when (new.audit_id <> old.audit_id
    or coalesce(new.seat, old.seat) is distinct from old.seat or coalesce(new.subject, old.subject) is distinct from old.subject
    or coalesce(new.actor, old.actor) is distinct from old.actor or coalesce(new.words, old.words) is distinct from old.words
    or length(new.salts) > length(old.salts))
execute function reclaim.refuse_change();
create trigger append_only_rows before delete on reclaim.audit_personal for each row execute function reclaim.refuse_change();
create trigger append_only_whole before truncate on reclaim.audit_personal for each statement execute function reclaim.refuse_change();

-- What is not evidence changes through functions alone: they fence a running holder off, know which steps are legal, and write who did
-- it to the log. Their definer is the owner, without having switched to it; whoever else gets here is a superuser at a prompt, or was
-- granted too much. Once per statement, so that the hot path does not feel it.
create function reclaim.refuse_by_hand() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '% changes through functions alone: % is refused', tg_table_name, lower(tg_op) using errcode = 'RC403',
        hint = 'Functions: \df+ reclaim.*. Of one job: reclaim.hold(), release(), cancel(), requeue().';
end;
$$;
comment on function reclaim.refuse_by_hand() is 'Trigger of all other tables: refuses UPDATE, DELETE and TRUNCATE but by the functions of this schema.';
do $$
declare
    v_table regclass;
begin
    for v_table in
        select c.oid from pg_class c
        where c.relnamespace = 'reclaim'::regnamespace and c.relkind in ('r', 'p') and c.relname not in ('audit', 'leaf', 'seal', 'migration')
    loop
        execute format('create trigger functions_only before update or delete or truncate on %s for each statement
            when (current_user <> ''reclaim_owner'' or current_setting(''role'') = ''reclaim_owner'')
            execute function reclaim.refuse_by_hand()', v_table);
    end loop;
end;
$$;

-- What guards are told (read_policy), and what they made of one job on its way through begin_revokes.
create type reclaim.policy as (approval_age_max interval, approver_and_requester text, protected_subjects text[],
    protected_attributes text[], activity_age_max interval, grace interval, second_approver boolean, apps jsonb);
create type reclaim.judged as (id bigint, state text, event_seq int, fence bigint, attempts int, connector text, app text, seat text,
    approver text, flag_epoch bigint, unit_at timestamptz, unit_spent boolean, guards text[], numbers json, objection text, gate text, not_before timestamptz,
    verdict text, operation_key text, units json, mode text, canary text, would text, cost json);
