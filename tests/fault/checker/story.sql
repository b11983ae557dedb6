-- Everything known of one job (:job), from every log, in the order of time.
with job as (select * from checker.t_job where job_id = :job)
select to_char(at, 'HH24:MI:SS.US') as at, who, what from (
    select c.sent_at as at, 'sender' as who, format('request %s (%s) %s -> %s', c.req_no, c.kind, c.webhook_id, c.status) as what
    from checker.t_client c join job on c.approval_id = job.approval_ref
    union all
    select d.at, 'receiver', format('delivery %s copy %s: %s', d.delivery_id, d.copy, d.verdict) from reclaim.delivery d join job on d.job_id = job.job_id
    union all
    select t.recorded_at, 'audit', format('%s. %s', t.event_seq, concat_ws(' ', t.event_type, t.outcome, t.reason_code, t.reason_text,
        'by ' || t.actor_kind, 'fence ' || t.fence, 'attempt ' || t.attempt))
    from reclaim.journal t join job using (job_id)
    union all
    select t.recorded_at, 'audit', concat_ws(' ', t.event_type, t.outcome, t.reason_text, t.detail::text) from reclaim.journal t join job using (app, seat)
    where t.job_id is null
    union all
    select i.at, 'vendor', format('call %s %s fence %s -> %s %s', i.call_no, i.op, i.fence, i.status, concat_ws(' ', i.effect, i.fault, case when not i.replied then 'answer lost' end))
    from checker.t_idp i join job using (op_key)
    union all
    select l.at, 'linear', format('call %s %s -> %s %s', l.call_no, l.client_uuid, l.status, concat_ws(' ', case when l.created then 'created' end, l.fault))
    from checker.t_linear l join reclaim.outbox o on o.message_id = l.client_uuid join job on job.job_id = o.job_id
    union all
    select c.at, 'requester', format('call %s %s %s -> %s %s', c.call_no, c.webhook_id, c.outcome, c.status, c.fault) from checker.t_callback c join job using (job_id)
    union all
    select p.at, p.by, concat_ws(' ', p.event, (p.entry - '{at_us,by,ts,level,program,event,job}'::text[])::text) from checker.t_program p join job using (job_id)
    union all
    select f.at, 'fault', concat_ws(' ', f.kind, f.target) from checker.t_fault f join job on f.at between
        (select min(recorded_at) from reclaim.audit t where t.job_id = job.job_id) - interval '1 second'
        and (select max(recorded_at) from reclaim.audit t where t.job_id = job.job_id) + interval '1 second'
    where f.target not like '%.%' and f.kind not like 'sender%'  -- a vendor's own are told with its calls, a sender's with its requests
        and (f.kind !~ '^(rival|unflag|operator_(requeue|hold|cancel))$' or f.target in (job.seat, job.job_id::text))
) as story order by story.at, who;
