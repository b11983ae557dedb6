-- guard approver_is_not_subject: nobody approves the removal of their own seat. Directory ids are compared, not mail.
create or replace function reclaim.guard_approver_is_not_subject(a reclaim.approval, s reclaim.seat)
returns text language sql immutable
as $$
    select case
        when lower((a).approver) in (lower((a).subject), lower((s).subject), lower((s).email)) then 'fail:approver_is_subject'
        else 'pass' end
$$;
comment on function reclaim.guard_approver_is_not_subject is 'Guard: nobody approves the removal of their own seat.';
