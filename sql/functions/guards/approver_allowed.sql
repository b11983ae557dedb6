-- guard approver_allowed: who approved is on the app's list of approvers; policy apps.NAME.approvers. An app without a list leaves
-- the choice to the approval tool.
create or replace function reclaim.guard_approver_allowed(a reclaim.approval, p reclaim.policy)
returns text language sql immutable
as $$
    select case
        when (p).apps is null then 'unknown:policy_not_known'
        when (p).apps -> (a).app -> 'approvers' is null then 'pass'
        when (a).approver is null then 'unknown:approver_not_known'
        when (p).apps -> (a).app -> 'approvers' ? lower((a).approver) then 'pass'
        else 'fail:approver_not_allowed' end
$$;
comment on function reclaim.guard_approver_allowed is 'Guard: the policy lets this approver approve for this app.';
