-- guard no_legal_hold: nothing is taken from whom, or what, a legal hold names: see place_legal_hold(). p_held is the answer of the
-- table, looked up by the caller for the whole batch. It is mentioned once: a look-up that is passed to a function that names it
-- twice is not inlined.
create or replace function reclaim.guard_no_legal_hold(s reclaim.seat, p_held boolean)
returns text language sql immutable
as $$
    select case p_held
        when true then 'fail:legal_hold'
        when false then case when (s).subject is null then 'unknown:seat_not_known' else 'pass' end
        else 'unknown:seat_not_known' end
$$;
comment on function reclaim.guard_no_legal_hold is 'Guard: no legal hold is on subject, seat or mail address.';
