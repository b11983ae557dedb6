-- guard same_subject: the person the approver saw is the person who holds the seat now.
create or replace function reclaim.guard_same_subject(a reclaim.approval, s reclaim.seat)
returns text language sql immutable
as $$
    select case
        when (s).subject is null then 'unknown:seat_not_known'
        when (a).subject <> (s).subject then 'fail:subject_changed'
        else 'pass' end
$$;
comment on function reclaim.guard_same_subject is 'Guard: the seat is still held by whom the approval names.';
