-- Rules about the SQL itself that a catalogue query can check.
\ir support/setup.sql

select is(proconfig @> '{"search_path=pg_catalog, pg_temp"}', true, proname || ' pins its search path, with pg_temp last')
from pg_proc where pronamespace = 'reclaim'::regnamespace and prosecdef order by proname;
select is_empty($$ select proname from pg_proc where pronamespace = 'reclaim'::regnamespace and pg_get_userbyid(proowner) <> 'reclaim_owner'
    union all select relname from pg_class where relnamespace = 'reclaim'::regnamespace and pg_get_userbyid(relowner) <> 'reclaim_owner' $$,
    'everything belongs to reclaim_owner');
select is_empty($$ select proname from pg_proc where pronamespace = 'reclaim'::regnamespace and coalesce(obj_description(oid, 'pg_proc'), '') = '' $$,
    'every function says in psql what it does');
select is_empty($$ select relname from pg_class where relnamespace = 'reclaim'::regnamespace and relkind in ('r', 'p', 'v')
    and coalesce(obj_description(oid, 'pg_class'), '') = '' $$, 'so does every table and view');
select is_empty($$ select proname from pg_proc where pronamespace = 'reclaim'::regnamespace and has_function_privilege('reclaim_operator', oid, 'EXECUTE')
    and not has_function_privilege('reclaim_worker', oid, 'EXECUTE') and provolatile = 'v'
    and obj_description(oid, 'pg_proc') !~ ('reclaim\.' || proname || '\(') and proname not in ('flag_seat', 'unflag_seat', 'open_gate') $$,
    'what an operator acts with shows how it is called');
-- A scan of a whole small table, as of budgets or modes, counts as so dear with enable_seqscan = off that the JIT compiler starts: for up
-- to a second, in each new session, under the locks of jobs and seats.
select is((select proconfig @> '{jit=off,enable_seqscan=off}' from pg_proc where oid = 'reclaim.begin_revokes'::regproc), true,
    'begin_revokes is never compiled: it would be under its locks');
select is_empty($$ select c.relname from pg_class c where relnamespace = 'reclaim'::regnamespace and relkind in ('r', 'p') and relname <> 'migration'
    and not exists (select from pg_trigger where tgrelid = c.oid and tgname in ('functions_only', 'append_only')) $$,
    'every table refuses to be changed by hand');
select is_empty($$ select proname from pg_proc where pronamespace = 'reclaim'::regnamespace and proname <> 'clock'
    and prosrc ~* '\m(now\(\)|clock_timestamp|statement_timestamp|transaction_timestamp|current_timestamp|localtimestamp)' $$,
    'no function but clock() asks the server for the time');
select is_empty($$ select proname from pg_proc where pronamespace = 'reclaim'::regnamespace and prosrc ~* '\mexecute\M' and proname <> 'ensure_partitions' $$,
    'no function but ensure_partitions builds SQL from text');
select is_empty($$ select proname from pg_proc where pronamespace = 'reclaim'::regnamespace and prosrc ~* 'select \*\s+from\s+reclaim\.(audit|approval)\s' $$,
    'no function reads a wide table whole');
select is_empty($$ select a.proname from pg_proc a join pg_proc b using (pronamespace, proname) where a.pronamespace = 'reclaim'::regnamespace and a.oid < b.oid $$,
    'no function has two signatures: an old one left behind would still be callable');
select is_empty($$ select proname, n from pg_proc, unnest(proargnames[1:pronargs]) as n where pronamespace = 'reclaim'::regnamespace
    and n !~ '^(p_.+|[a-z])$' $$, 'parameters are named p_, so that none is taken for a column (single letters, for whole rows, apart)');

select * from finish();
