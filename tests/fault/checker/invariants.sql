-- The invariants. Each block: one line that states the rule, then a query that finds what breaks it, as rows (job_id, what). A run is good
-- when none finds anything. Judged by logs the product does not write; see logs.sql. The numbers stay what they are when a rule is dropped.
-- "!": holds at any moment of a run, not only after everything has ended.

-- I01 ! An approval that was acknowledged is on record.
select null::bigint as job_id, format('request %s: approval %s was answered %s', c.req_no, c.approval_id, c.status) as what
from checker.t_client c
where c.status between 200 and 299 and c.kind not in ('cancelled', 'flagged', 'unflagged')
    and not exists (select from reclaim.approval a where a.approval_ref = c.approval_id);

-- I02 Nothing is on record that did not arrive with a good signature inside the time window.
select a.id, format('approval %s came by delivery %s', a.approval_ref, a.delivery_id)
from reclaim.approval a
where not exists (select from checker.t_client c where c.webhook_id = a.delivery_id and c.body_sha256 = encode(a.body_sha256, 'hex')
    and c.signed_ok and c.in_window);

-- I03 ! One approval is one job, in one place.
select a.id, format('approval %s has %s open and %s ended jobs', a.approval_ref, open.n, ended.n)
from reclaim.approval a, lateral (select count(*) as n from reclaim.job where id = a.id) as open,
    lateral (select count(*) as n from reclaim.job_done where id = a.id) as ended
where open.n + ended.n <> 1;

-- I04 Every job ends, or waits for a person who has been told.
select j.id, format('still in %s', j.state) from reclaim.job j
where j.state <> 'held' or exists (select from reclaim.outbox o where o.job_id = j.id and o.state = 'pending');

-- I05 ! One seat is taken at most once per flagging.
select min(j.job_id), format('seat %s/%s was taken %s times in flag epoch %s: calls %s', j.app, j.seat, count(*), j.flag_epoch, array_agg(i.call_no))
from checker.t_idp i join checker.t_job j on j.op_key = i.op_key
where i.effect = 'applied' group by j.app, j.seat, j.flag_epoch having count(*) > 1;

-- I06 ! Before any call that removes, its intent is committed, under the fence the call carries.
select (select job_id from checker.t_job j where j.op_key = i.op_key), format('call %s (%s, fence %s) has no intent before it', i.call_no, i.op, i.fence)
from checker.t_idp i
where i.removes and not exists (select from reclaim.audit a where a.event_type = 'revoke_attempted' and a.operation_key = i.op_key
    and a.fence = i.fence and a.recorded_at <= i.arrived_at);

-- I07 ! What was refused, superseded or cancelled took nothing; or a person was asked to look, because a call might still arrive.
select j.job_id, format('is %s, but call %s took the seat', j.ended_as, i.call_no)
from checker.t_job j join checker.t_idp i on i.op_key = j.op_key and i.effect = 'applied'
where j.ended_as in ('refused', 'superseded', 'cancelled') and not (j.ended_as = 'refused' and j.effect_possible
    and exists (select from reclaim.audit t where t.job_id = j.job_id and t.event_type = 'compensation_needed'));

-- I08 Removed means gone, unless it was given back later.
select j.job_id, format('ended as %s at %s, but %s holds %s', j.ended_as, j.finished_at, s.holder, s.app)
from checker.t_job j join checker.assignment s on s.when_asked = 'after' and s.app = j.app and s.holder = j.subject
where j.ended_as in ('removed', 'already_absent') and not exists (select from checker.t_fault f where f.kind = 'give_back'
    and f.target = j.app || '/' || j.subject and f.at > (select max(recorded_at) from reclaim.audit t where t.job_id = j.job_id
        and t.event_type in ('revoke_confirmed', 'already_absent')));

-- I09 Every seat that was taken has exactly one record of it; or its job ended saying that the outcome is unknown.
select j.job_id, format('call %s took the seat; %s records of a removal', i.call_no, r.n)
from (select op_key, min(call_no) as call_no from checker.t_idp where effect = 'applied' group by op_key) as i
    left join checker.t_job j on j.op_key = i.op_key,
    lateral (select count(*) as n from reclaim.audit t where t.job_id = j.job_id and t.event_type = 'revoke_confirmed') as r
where r.n <> 1 and not (r.n = 0 and coalesce(j.ended_as, '') in ('failed', 'refused') and j.effect_possible);

-- I10 The story of a removal is whole and in order.
select s.job_id, s.story from (
    select t.job_id, string_agg(t.event_type, ' ' order by t.event_seq) as story from reclaim.audit t
        join reclaim.job_done d on d.id = t.job_id where d.outcome in ('removed', 'already_absent', 'scheduled') group by t.job_id) as s
where s.story !~ '^received( \w+)* revoke_attempted( \w+)* (revoke_confirmed|already_absent)( \w+)*$'
    or s.story !~ ' (revoke_confirmed|already_absent)( \w+)* (ticket_opened|ticket_failed)( |$)'
    or s.story !~ ' (revoke_confirmed|already_absent)( \w+)* (requester_confirmed|confirmation_failed)( |$)'
    or s.story ~ ' (revoke_confirmed|already_absent)( \w+)* (received|refused|superseded|cancelled|revoke_attempted|revoke_failed|revoke_confirmed|already_absent)( |$)';

-- I11 ! A job's events are numbered 1, 2, 3 without a gap, and the job knows the last.
select job_id, format('%s events, from %s to %s', count(*), min(event_seq), max(event_seq)) from reclaim.audit
where job_id is not null group by job_id
having min(event_seq) <> 1 or max(event_seq) <> count(*)
    or max(event_seq) <> (select event_seq from reclaim.job where id = job_id union all select event_seq from reclaim.job_done where id = job_id limit 1);

-- I12 ! No event is written under an older fence than one before it.
select job_id, format('event %s under fence %s after fence %s', event_seq, fence, highest) from (
    select job_id, event_seq, fence, max(fence) over (partition by job_id order by event_seq) as highest from reclaim.audit where job_id is not null) as f
where fence < highest;

-- I13 ! No step runs ahead of the one before it.
select t.job_id, format('event %s, %s, has nothing to stand on', t.event_seq, t.event_type) from reclaim.audit t
where t.event_type in ('ticket_opened', 'ticket_failed', 'requester_confirmed')
    and not exists (select from reclaim.audit b where b.job_id = t.job_id and b.event_seq < t.event_seq and (b.event_type in ('revoke_confirmed', 'already_absent')
        or t.event_type = 'requester_confirmed' and b.event_type in ('refused', 'superseded', 'cancelled', 'revoke_failed')));

-- I14 Every removal has exactly one ticket at the vendor, and the vendor has no other.
select j.job_id, format('%s tickets created for message %s, which is %s', count(l.call_no) filter (where l.created), o.message_id, o.state)
from checker.t_job j left join reclaim.outbox o on o.job_id = j.job_id and o.topic = 'ticket' left join checker.t_linear l on l.client_uuid = o.message_id
where j.ended_as in ('removed', 'already_absent', 'scheduled') group by j.job_id, o.message_id, o.state
having o.message_id is null or count(l.call_no) filter (where l.created) <> 1
    and not (o.state = 'undeliverable' and count(l.call_no) filter (where l.created) = 0)
union all
select null, format('call %s created ticket %s that nobody asked for', l.call_no, l.client_uuid) from checker.t_linear l
where l.created and not exists (select from reclaim.outbox o where o.message_id = l.client_uuid and o.topic = 'ticket');

-- I15 ! A message id on the wire always carries the same bytes, the recorded ones.
select min(job_id), format('message %s was seen with %s different bodies', webhook_id, count(distinct body_sha256)) from checker.t_callback
group by webhook_id having count(distinct body_sha256) > 1
union all
select c.job_id, format('call %s: message %s is not what the outbox holds', c.call_no, c.webhook_id) from checker.t_callback c
    left join reclaim.outbox o on o.message_id = c.webhook_id
where o.body is null or encode(sha256(convert_to(o.body, 'UTF8')), 'hex') <> c.body_sha256;

-- I16 Every job that ended told its requester, with a good signature, or says that it could not.
select j.job_id, format('ended as %s; message %s', j.ended_as, coalesce(o.message_id, 'was never written')) from checker.t_job j
    left join reclaim.outbox o on o.job_id = j.job_id and o.topic = 'confirmation'
where j.ended_as is not null and (o.message_id is null or o.state = 'delivered' and not exists (select from checker.t_callback c
    where c.webhook_id = o.message_id and c.sig_ok and c.status between 200 and 299));

-- I17 ! No message says more than the audit said before it.
select c.job_id, format('call %s says %s', c.call_no, c.outcome) from checker.t_callback c
where not exists (select from reclaim.audit t where t.job_id = c.job_id and t.recorded_at <= c.at and t.event_type = any (case c.outcome
    when 'removed' then '{revoke_confirmed}' when 'scheduled' then '{revoke_confirmed}' when 'already_absent' then '{already_absent}'
    when 'failed' then '{revoke_failed}' when 'held' then '{held,quarantined,still_present,rehearsed}' else array[c.outcome] end::text[]));

-- I18 ! A call that arrives after one of a newer holder takes nothing.
select (select job_id from checker.t_job j where j.op_key = late.op_key), format('call %s (fence %s) took the seat after fence %s had called', late.call_no, late.fence,
    (select max(fence) from checker.t_idp newer where newer.op_key = late.op_key and newer.arrived_at < late.arrived_at))
from checker.t_idp late
where late.effect = 'applied' and exists (select from checker.t_idp newer where newer.op_key = late.op_key and newer.fence > late.fence
    and newer.arrived_at < late.arrived_at);

-- I19 ! The same id with other bytes is never acknowledged: the first bytes stand.
select a.id, format('request %s: delivery %s with other bytes was answered %s', c.req_no, c.webhook_id, c.status)
from checker.t_client c join reclaim.approval a on a.delivery_id = c.webhook_id
where c.status between 200 and 299 and c.body_sha256 <> encode(a.body_sha256, 'hex');

-- I20 ! Every acknowledgement left a delivery row, duplicates too.
select null::bigint, format('delivery %s: %s acknowledged, %s on record', c.webhook_id, c.n, coalesce(d.n, 0))
from (select webhook_id, count(*) as n from checker.t_client where status between 200 and 299 group by webhook_id) as c
    left join (select delivery_id, count(*) as n from reclaim.delivery group by delivery_id) as d on d.delivery_id = c.webhook_id
where coalesce(d.n, 0) < c.n;

-- I21 ! Of several approvals for one seat and flagging one wins.
select min(job_id), format('seat %s/%s in flag epoch %s was removed by jobs %s', app, seat, flag_epoch, array_agg(job_id)) from checker.t_job
where ended_as in ('removed', 'already_absent', 'scheduled') group by app, seat, flag_epoch having count(*) > 1;

-- I22 A flag cleared before the intent stops the removal; one cleared after it brings a compensation case.
select j.job_id, format('the flag was cleared by event %s (%s), call %s took the seat', u.audit_id,
    case when u.audit_id < intent.audit_id then 'before the intent' else 'after the intent, and nobody was asked' end, i.call_no)
from checker.t_idp i join checker.t_job j on j.op_key = i.op_key
    join lateral (select min(t.audit_id) as audit_id from reclaim.audit t where t.job_id = j.job_id and t.event_type = 'revoke_attempted') as intent on true
    -- Both events are written under the seat's lock, so their numbers tell which was first where their times cannot.
    join checker.t_flag u on u.event_type = 'seat_unflagged' and u.app = j.app and u.seat = j.seat and u.flag_epoch = j.flag_epoch
where i.effect = 'applied' and (u.audit_id < intent.audit_id
    or u.audit_id < (select max(t.audit_id) from reclaim.audit t where t.job_id = j.job_id and t.event_type in ('revoke_confirmed', 'revoke_failed'))
        and not exists (select from reclaim.audit k where k.job_id = j.job_id and k.event_type = 'compensation_needed'));

-- I23 Nothing is left in the outbox.
select o.job_id, format('%s %s is still pending', o.topic, o.message_id) from reclaim.outbox o where o.state = 'pending';

-- I24 ! Failed means recorded, with what is known of the effect.
select j.job_id, 'failed without a word' from checker.t_job j
where j.ended_as = 'failed' and not exists (select from reclaim.audit t where t.job_id = j.job_id and t.event_type = 'revoke_failed'
    and t.detail::jsonb ? 'effect_possible');

-- I25 ! Attempts are bounded.
select job_id, format('attempt %s', max(attempt)) from reclaim.audit where event_type = 'revoke_attempted'
group by job_id having max(attempt) > (select value from checker.setting where name = 'attempts_max');

-- I26 No lease survives the drain.
select id, format('is leased until %s', visible_at) from reclaim.job where claim_token is not null;

-- I27 What is sealed is the log, and the checkpoints kept outside agree: both verifiers say so of all that was exported.
select null::bigint, format('%s: %s', entry ->> 'subject', entry ->> 'says') from checker.line
where log = 'measure' and entry ->> 'what' = 'evidence' and not (entry ->> 'good')::boolean;

-- I28 ! No secret is seen outside its file: not in a log, a table, the write-ahead log, a process's title or a statement.
select null::bigint, format('%s in %s', entry ->> 'subject', entry ->> 'where') from checker.line where log = 'measure' and entry ->> 'what' = 'secret';

-- I29 After the drain a program holds what a fresh one of its kind holds.
select null::bigint, format('%s: %s %s, fresh ones %s', r.subject, r.n, r.what, f.n)
from checker.t_resources r join (select role, what, max(n) as n from checker.t_resources where moment = 'fresh' group by role, what) as f
    on f.role = r.role and f.what = r.what
where r.moment = 'drained' and r.n > case r.what
    when 'rss_kb' then f.n * (100 + (select value from checker.setting where name = 'rss_growth_percent')) / 100
    when 'vendor' then (select value from checker.setting where name = 'vendor_connections_max') else f.n end;

-- I30 The vendor's state is what the audit alone says it is, seat by seat.
with told as (
    select distinct on (t.app, t.subject) t.app, t.subject, t.job_id, t.recorded_at from reclaim.journal t
    where t.event_type in ('revoke_confirmed', 'already_absent') and t.outcome <> 'scheduled' order by t.app, t.subject, t.audit_id desc
), given_back as (
    select f.target, max(f.at) as at from checker.t_fault f where f.kind = 'give_back' group by f.target
), unknown as (
    select j.app, j.subject from checker.t_job j where j.ended_as in ('failed', 'refused') and j.effect_possible or j.state = 'held'
)
select told.job_id, format('%s/%s was removed by the audit, but is held', told.app, told.subject) from told
    join checker.assignment s on s.when_asked = 'after' and s.app = told.app and s.holder = told.subject
    left join given_back g on g.target = told.app || '/' || told.subject
where g.at is null or g.at < told.recorded_at
union all
select null, format('%s/%s is gone, and the audit says nothing of it', b.app, b.holder) from checker.assignment b
where b.when_asked = 'before' and exists (select from checker.assignment where when_asked = 'after')
    and not exists (select from checker.assignment s where s.when_asked = 'after' and s.app = b.app and s.holder = b.holder)
    and not exists (select from told where told.app = b.app and told.subject = b.holder)
    and not exists (select from unknown u where u.app = b.app and u.subject = b.holder);

-- I31 Every request was answered as its kind allows; what was not answered at all met a receiver that was being ended, or a cut.
select null::bigint, format('request %s (%s) was answered %s', req_no, kind, status) from checker.t_client
where status not in (0, 503) and status <> all (case
    when not signed_ok or not in_window then '{401}' when kind = 'changed' then '{202,409}' when kind = 'retired' then '{202,401}' when kind = 'cancelled' then '{200,202,404}'
    when kind = 'unflagged' then '{200,202}' else '{202}' end::int[])
union all
select null, format('request %s (%s) to %s was not answered, and nothing explains it', c.req_no, c.kind, c.receiver) from checker.t_client c
where c.status = 0 and c.receiver is not null and not exists (select from checker.t_fault f where f.kind in ('kill_receiver', 'terminate_receiver', 'cut_receiver')
    and f.target = c.receiver and f.at < c.answered_at + interval '1 second' and coalesce(f.until, f.at) > c.connected_at - interval '1 second');

-- I32 Every kind of fault that the run was to inject was injected, often enough.
select null::bigint, format('%s: %s of at least %s', m.kind, f.n, m.n) from checker.minimum m,
    lateral (select count(*) as n from checker.t_fault where kind = m.kind) as f
where f.n < m.n and m.kind not in (select kind from checker.met);

-- I33 While enough jobs were waiting, not all of them backing off, and nothing was wholly out, something was recorded every few seconds.
select null::bigint, format('nothing happened from %s to %s', since, till)
from (select recorded_at as since, lead(recorded_at) over (order by recorded_at) as till from reclaim.audit where job_id is not null) as gap
where till - since > (select value from checker.setting where name = 'quiet_seconds') * interval '1 second'
    and (select value from checker.setting where name = 'quiet_jobs') <= (select count(*) from (select from reclaim.audit t
        where t.job_id is not null group by t.job_id having min(t.recorded_at) <= gap.since and max(t.recorded_at) >= gap.till) as waited)
    and not exists (select from checker.t_fault f where f.kind = 'outage' and f.at < gap.till and coalesce(f.until, f.at) > gap.since);

-- I34 What nobody injects did happen, often enough to mean something: zombies whose records were refused and whose late calls took nothing,
-- and guards that objected.
select null::bigint, format('%s: %s of at least %s', m.kind, z.n, m.n) from checker.minimum m join checker.met z using (kind) where z.n < m.n;

-- I35 ! An intent is written only under the flag that was approved: the seat's last event before it is that flagging.
select t.job_id, format('event %s, an intent, after %s', t.event_seq, coalesce(last.event_type || ' of flag epoch ' || last.flag_epoch, 'nothing'))
from reclaim.audit t join checker.t_job j on j.job_id = t.job_id
    -- Both are written under the seat's lock: see I22.
    left join lateral (select f.event_type, f.flag_epoch from checker.t_flag f where f.app = j.app and f.seat = j.seat and f.audit_id < t.audit_id
        order by f.audit_id desc limit 1) as last on true
where t.event_type = 'revoke_attempted'
    and (last.event_type is distinct from 'seat_flagged' or last.flag_epoch is distinct from j.flag_epoch);

-- I36 ! No call removes without a look of its own attempt before it, and none is repeated without another.
select j.job_id, format('call %s (fence %s) was sent without a look before it', i.call_no, i.fence)
from checker.t_idp i left join checker.t_job j on j.op_key = i.op_key
where i.removes and not exists (select from checker.t_idp look where look.op_key = i.op_key and look.fence = i.fence and not look.removes
    and look.status = 200 and look.arrived_at <= i.arrived_at and not exists (select from checker.t_idp sent where sent.op_key = i.op_key
        and sent.fence = i.fence and sent.removes and sent.call_no <> i.call_no and sent.arrived_at between look.arrived_at and i.arrived_at));

-- I37 ! A seat whose removal is on record is not flagged any more, unless anew.
select j.job_id, format('seat %s/%s is still flagged in epoch %s', s.app, s.seat, s.flag_epoch)
from reclaim.audit t join checker.t_job j on j.job_id = t.job_id join reclaim.seat s on s.app = j.app and s.seat = j.seat
where t.event_type in ('revoke_confirmed', 'already_absent') and s.state = 'flagged' and s.flag_epoch = j.flag_epoch;

-- I38 ! What is recorded as gone was seen gone by the attempt that says so.
select t.job_id, format('event %s, %s (fence %s), and no look that showed the seat gone', t.event_seq, t.event_type, t.fence)
from reclaim.audit t
where t.event_type in ('revoke_confirmed', 'already_absent') and t.outcome <> 'scheduled'
    and not exists (select from checker.t_idp look where look.op_key = t.operation_key and look.fence = t.fence and not look.removes
        and look.status = 404 and look.arrived_at <= t.recorded_at);

-- I39 ! Of one approver's removals no more are tried than the budget allowed so far. Its window is longer than the run: none comes free.
select null::bigint, format('%s: calls for %s seats before %s, when the budget was %s', l.scope, n.n, coalesce(l.till::text, 'the end'), l.count_max)
from (select b.scope, (t.detail::jsonb ->> 'count_max')::bigint as count_max, lead(t.recorded_at) over (partition by b.id order by t.audit_id) as till
        from reclaim.audit t join reclaim.budget b on b.id = (t.detail::jsonb ->> 'budget')::bigint
        where t.event_type = 'budget_set' and b.scope like 'approver:%' and b.window_length >= interval '1 day') as l,
    lateral (select count(distinct i.op_key) as n from checker.t_idp i join checker.t_job j on j.op_key = i.op_key
        where i.removes and 'approver:' || lower(j.approver) = l.scope and i.arrived_at < coalesce(l.till, 'infinity')) as n
where n.n > l.count_max;

-- I40 ! No intent is written while a legal hold names the subject.
select t.job_id, format('event %s, an intent, under the hold of event %s', t.event_seq, last.audit_id)
from reclaim.audit t join checker.t_job j on j.job_id = t.job_id
    -- Holds are placed and intents written under the seat's lock: see I22.
    join lateral (select h.audit_id, h.event_type from checker.t_hold h where h.name = lower(j.subject) and h.audit_id < t.audit_id
        order by h.audit_id desc limit 1) as last on last.event_type = 'legal_hold_placed'
where t.event_type = 'revoke_attempted';

-- I41 ! Nothing is taken before the grace period has ended.
select j.job_id, format('call %s arrived %s after the acceptance', i.call_no, i.arrived_at - j.received_at)
from checker.t_idp i join checker.t_job j on j.op_key = i.op_key
where i.removes and i.arrived_at < j.received_at + (select value from checker.setting where name = 'grace_ms') * interval '1 millisecond';
