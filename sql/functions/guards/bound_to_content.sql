-- guard bound_to_content: what is removed is what was accepted. The event received is the measure: written in the transaction that
-- acknowledged the approval, append-only and sealed within a second under a key that is not in the database, it says app, flag epoch
-- and times in clear and commits to seat, subject, approver and requester. A digest kept beside the approval would be no measure: who
-- can change the one can change the other. Of the action nothing needs to be compared: removing is the only one that is accepted.
-- r is the event received. Commitments stand in the order s, u, a, r (if somebody is named), b: see commit_to().
create or replace function reclaim.guard_bound_to_content(a reclaim.approval, r reclaim.audit)
returns text language sql stable
as $$
    select case
        when (r).event_type is distinct from 'received' or (r).commitments is null or length((a).salts) < 51 then 'unknown:acceptance_not_on_record'
        when (a).app is distinct from (r).app or (a).flag_epoch is distinct from (r).flag_epoch
            or (a).approved_at is distinct from (r).approved_at or (a).expires_at is distinct from (r).expires_at
            or sha256(substr((a).salts, 2, 16) || convert_to((a).seat, 'UTF8')) is distinct from substr((r).commitments, 2, 32)
            or sha256(substr((a).salts, 19, 16) || convert_to((a).subject, 'UTF8')) is distinct from substr((r).commitments, 35, 32)
            or sha256(substr((a).salts, 36, 16) || convert_to((a).approver, 'UTF8')) is distinct from substr((r).commitments, 68, 32)
            or (substr((r).commitments, 100, 1) = 'r') is distinct from ((a).requester is not null)
            or sha256(substr((a).salts, 53, 16) || convert_to((a).requester, 'UTF8')) <> substr((r).commitments, 101, 32)
            then 'fail:approval_changed'
        else 'pass' end
$$;
comment on function reclaim.guard_bound_to_content is 'Guard: the approval is still what its event received commits to.';
