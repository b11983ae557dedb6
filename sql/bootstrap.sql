-- The two things every later file leans on: the schema and the record of migrations.
create schema if not exists reclaim;
revoke all on schema reclaim from public;
-- Functions are closed to everybody until grants.sql opens them, also while a migration is half way.
alter default privileges for role reclaim_owner revoke execute on functions from public;

create table if not exists reclaim.migration (
    version int primary key,
    name text not null,
    applied_at timestamptz not null default clock_timestamp(),
    applied_by text not null default session_user
);
comment on table reclaim.migration is 'Which migrations this database has. Forward only.';
