-- jobs: every job, open or finished, one line each.
create or replace view reclaim.jobs as
select a.id as job_id, a.source, a.approval_ref as approval_id, a.app, a.seat, a.subject, a.approver,
    coalesce(d.outcome, case when j.kind = 'restore' and j.state = 'revoke' then 'restore' else j.state end) as state,
    case when j.state = 'deliver' then j.outcome end as outcome,
    coalesce(d.reason, j.reason) as reason,
    case when j.claim_token is not null and j.visible_at > reclaim.clock() then 'running'
        when j.visible_at = 'infinity' then coalesce('waits for gate ' || j.waiting_for, 'waits for a person')
        when j.visible_at > reclaim.clock() and j.waiting_for like 'limit:%' then 'waits for its turn at ' || substr(j.waiting_for, 7)
        when j.visible_at > reclaim.clock() then 'due at ' || to_char(j.visible_at, 'YYYY-MM-DD HH24:MI:SSOF')
        when j.id is not null then 'due now' end as next,
    coalesce(d.attempts, j.attempts) as attempts, coalesce(d.crashes, j.crashes) as crashes, coalesce(d.fence, j.fence) as fence,
    a.received_at, d.finished_at, coalesce(d.kind, j.kind) as kind, a.undoes
from reclaim.approval a
    left join reclaim.job j on j.id = a.id
    left join reclaim.job_done d on d.id = a.id;
comment on view reclaim.jobs is 'Every job, open or finished: where it is, why, and what comes next.';
