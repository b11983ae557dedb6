-- guard approver_is_not_requester: who asks for a removal does not approve it; policy approver_and_requester: differ_if_named (an
-- approval that names no requester was asked for by nobody), differ (then that is unknown), may_be_same.
create or replace function reclaim.guard_approver_is_not_requester(a reclaim.approval, p reclaim.policy)
returns text language sql immutable
as $$
    select case
        when (p).approver_and_requester = 'may_be_same' then 'pass'
        when lower((a).approver) = lower((a).requester) then 'fail:approver_is_requester'
        when (p).approver_and_requester = 'differ_if_named' and ((a).requester is null or (a).approver is not null) then 'pass'
        when (p).approver_and_requester = 'differ' and (a).requester is not null and (a).approver is not null then 'pass'
        when (p).approver_and_requester = 'differ' then 'unknown:requester_not_known'
        else 'unknown:policy_not_known' end
$$;
comment on function reclaim.guard_approver_is_not_requester is 'Guard: who approved is not who asked, where the policy wants that.';
