-- time_to_stop: how long a job rests before the next worker may have it, when its holder may still be alive. Longer than the time in
-- which that one ends its calls (proof_time in worker/lease_keeper.cpp).
create or replace function reclaim.time_to_stop() returns interval
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select interval '750 milliseconds' $$;
comment on function reclaim.time_to_stop is 'How long a job rests after its holder was fenced off.';
