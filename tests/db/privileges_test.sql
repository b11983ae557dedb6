-- Who may do what, whole: every role against every table, view, sequence and function, compared with privileges.expected. A
-- difference is either a mistake or a decision; a decision changes that file, and its diff is what a reviewer reads.
\ir support/setup.sql

create temp table expected_privilege (line text);
\ir privileges.expected
create temp view privilege as
with grantee (name) as (values ('public'), ('reclaim_receiver'), ('reclaim_worker'), ('reclaim_sealer'), ('reclaim_detector'),
    ('reclaim_operator'), ('reclaim_auditor'))
select format('%s %s %s', g.name, lower(p), c.relname) as line
from grantee g, pg_class c, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) as p
where c.relnamespace = 'reclaim'::regnamespace and c.relkind in ('r', 'p', 'v') and c.relname !~ '^job_done_\d' and has_table_privilege(g.name, c.oid, p)
union all
select format('%s %s %s', g.name, lower(p), c.relname)
from grantee g, pg_class c, unnest('{USAGE,SELECT,UPDATE}'::text[]) as p
where c.relnamespace = 'reclaim'::regnamespace and c.relkind = 'S' and has_sequence_privilege(g.name, c.oid, p)
union all
select format('%s execute %s', g.name, f.proname) from grantee g, pg_proc f
where f.pronamespace = 'reclaim'::regnamespace and has_function_privilege(g.name, f.oid, 'EXECUTE')
union all
select format('%s %s schema', g.name, lower(p)) from grantee g, unnest('{USAGE,CREATE}'::text[]) as p where has_schema_privilege(g.name, 'reclaim', p);

select is_empty('select line from privilege except select line from expected_privilege', 'nobody may do more than privileges.expected says');
select is_empty('select line from expected_privilege except select line from privilege', 'and nobody less');
select is_empty($$ select line from privilege where line like 'public %' $$, 'the public may do nothing at all');
select is_empty($$ select line from privilege where line ~ ' (insert|update|delete|truncate|references|trigger) ' $$, 'nobody but the owner writes to a table');
select is_empty($$ select relname from pg_class c, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE}'::text[]) as p,
        unnest('{public,reclaim_receiver,reclaim_worker,reclaim_sealer,reclaim_detector,reclaim_operator}'::text[]) as r
    where c.relname ~ '^job_done_' and c.relkind = 'r' and has_table_privilege(r, c.oid, p) $$, 'partitions grant nothing either');
select is_empty($$ select attname from pg_attribute a join pg_class c on c.oid = attrelid where relnamespace = 'reclaim'::regnamespace and attacl is not null $$,
    'no privilege hides on a column');
select is_empty($$ select rolname from pg_roles where rolname like 'reclaim%' and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication) $$,
    'no role of ours has powers beyond this database');
select is_empty($$ select m.rolname from pg_auth_members a join pg_roles r on r.oid = roleid join pg_roles m on m.oid = member
    where r.rolname = 'reclaim_owner' $$, 'nobody is the owner by membership');
select is((select rolcanlogin from pg_roles where rolname = 'reclaim_owner'), false, 'and nobody signs in as the owner');

-- Said by the server, not by a catalogue: the roles themselves try.
select t.job_in('revoke') as job \gset
select is(t.try_as(role, statement), '42501', role || ' is not allowed: ' || statement)
from unnest('{reclaim_receiver,reclaim_worker,reclaim_sealer,reclaim_detector,reclaim_operator,reclaim_auditor}'::text[]) as role,
    unnest(array['update reclaim.audit set actor_ref = ''nobody''', 'delete from reclaim.audit', 'truncate reclaim.audit', 'update reclaim.approval set approver = ''me''',
        'delete from reclaim.approval', 'delete from reclaim.delivery', 'insert into reclaim.audit (event_type, recorded_at, actor_kind, actor_ref) values (''held'', now(), ''system'', ''x'')',
        'update reclaim.job set state = ''deliver''', 'update reclaim.setting set value = ''on''', 'select reclaim.write_audit(1, ''held'', ''system'', ''x'')',
        'select reclaim.conclude(1, ''refused'', ''refused'', '''', '''', ''system'', ''x'')', 'create table reclaim.mine ()', 'drop table reclaim.audit',
        'create or replace function reclaim.clock() returns timestamptz language sql as ''select now()''']) as statement;
select is(t.try_as('reclaim_receiver', 'select * from t.claim()') || ' ' || t.try_as('reclaim_worker', 'select reclaim.cancel(1, ''x'')') || ' '
    || t.try_as('reclaim_detector', 'select reclaim.requeue(1, ''x'')') || ' ' || t.try_as('reclaim_operator', 'select reclaim.approval_status(''a'', ''b'')'),
    '42501 42501 42501 42501', 'a role cannot do another''s work');

select * from finish();
