-- calls_outlive: how long after a removal is recorded a call of it may still take effect at the vendor. Whoever held the job before the
-- record had a lease of at most a minute and ends its calls before that; a vendor that queued such a call is given another minute. Until
-- then nothing that a late removal could undo is given back.
create or replace function reclaim.calls_outlive() returns interval
language sql immutable set search_path = pg_catalog, pg_temp
as $$ select interval '2 minutes' $$;
comment on function reclaim.calls_outlive is 'How long after its record a removal''s call may still arrive at the vendor.';
