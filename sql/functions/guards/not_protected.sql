-- guard not_protected: nobody on the policy's list loses a seat: break-glass and service accounts, directors. protected_subjects holds
-- names and patterns (* for anything) for subject, seat and mail, in any case of letters. Where one is about mail and the seat's is not
-- known, nobody can say. protected_attributes are words that detection says of a seat's holder (flag_seat, seat.flagged).
create or replace function reclaim.guard_not_protected(a reclaim.approval, s reclaim.seat, p reclaim.policy)
returns text language sql stable
as $$
    select case
        when (p).protected_subjects is null or (p).protected_attributes is null then 'unknown:policy_not_known'
        when (p).protected_attributes && (s).attributes then 'fail:protected_subject'
        when (p).protected_attributes <> '{}' and (s).attributes is null then 'unknown:attributes_not_known'
        when (p).protected_subjects = '{}' then 'pass'
        when (s).subject is null then 'unknown:seat_not_known'
        when lower((a).subject) like any ((p).protected_subjects) or lower((s).subject) like any ((p).protected_subjects)
            or lower((a).seat) like any ((p).protected_subjects) or lower((s).email) like any ((p).protected_subjects)
            then 'fail:protected_subject'
        when (s).email is null and array_to_string((p).protected_subjects, ' ') like '%@%' then 'unknown:email_not_known'
        else 'pass' end
$$;
comment on function reclaim.guard_not_protected is 'Guard: the policy does not protect this subject.';
