-- A clock that stands still until a test moves it. Production has no such table: there reclaim.clock() is the server's time.
-- A table and not a setting, so that a second session (dblink) sees the same time.
create schema fake;
create table fake.clock (at timestamptz not null);
insert into fake.clock values ('2030-01-15 12:00:00+00');
grant usage on schema fake to public;
grant select on fake.clock to public;

create or replace function reclaim.clock() returns timestamptz
language sql stable set search_path = pg_catalog, pg_temp
as 'select at from fake.clock';

create function fake.advance(p_by interval) returns timestamptz
language sql as 'update fake.clock set at = at + p_by returning at';
