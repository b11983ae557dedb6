-- clock: the only source of time in SQL. STABLE, so that it can bound an index scan (clock_timestamp() itself cannot);
-- the database's clock, so that no machine's own can extend a lease. Tests replace its body; in production nothing can.
create or replace function reclaim.clock() returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp
as 'select clock_timestamp()';
comment on function reclaim.clock() is 'Now, by the database''s clock.';

-- iso: how an instant is written in JSON: UTC, microseconds, whatever the session's time zone is.
create or replace function reclaim.iso(p_at timestamptz) returns text
language sql stable
as $$ select to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;
comment on function reclaim.iso is 'An instant as JSON writes it: UTC, microseconds.';
