-- UPDATE, DELETE and TRUNCATE by hand: refused on every table, for everybody, with the function to use instead.
\ir support/setup.sql
select t.job_in('done') as done \gset
select t.job_in('validate') as open \gset
select reclaim.set_budget('all', '1 hour', 'tests', 5), reclaim.report_app_seats('figma', 9), reclaim.set_mode('figma', 'canary', 'tests', 5) \g /dev/null
select reclaim.place_legal_hold('somebody', 'tests'), reclaim.close_gate('linear', 'tests'), reclaim.register_worker(t.worker(), 'here', 1, 'v', false) \g /dev/null
select t.begin(:open) \g /dev/null

create function t.hint_of(p_statement text) returns text language plpgsql as $$
declare
    v_hint text;
begin
    execute p_statement;
    return null;
exception when others then
    get stacked diagnostics v_hint = pg_exception_hint;
    return v_hint;
end;
$$;
insert into reclaim.leaf select 0, min(audit_id) from reclaim.audit;
insert into reclaim.seal (tree_size, root_hash, frontier, settled_id, checkpoint, sealed_at) values (1, '', '', 1, '', reclaim.clock());

create table changed as
select c.relname::text as tab, case verb when 'update' then format('update reclaim.%I set %I = %2$I', c.relname,
        (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attidentity = '' and a.attgenerated = '' order by attnum limit 1))
    else verb || case verb when 'delete' then ' from' else '' end || format(' reclaim.%I', c.relname) end as statement
from pg_class c, unnest('{update,delete,truncate}'::text[]) as verb
where c.relnamespace = 'reclaim'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'migration';
grant update, delete, truncate, select on all tables in schema reclaim to reclaim_operator;
create table before as select t.fingerprint();
select is(t.try_as(role, statement), 'RC403', format('%s is refused, even to %s', statement, role))
from changed, unnest('{postgres,reclaim_owner,reclaim_operator}'::text[]) as role order by tab, statement, role;
select is(t.fingerprint(), (select fingerprint from before), 'and nothing is changed');
select matches(t.hint_of('delete from reclaim.job'), 'reclaim\.hold\(\)', 'the refusal names the functions');

-- The functions themselves, by whoever calls them, are not in its way.
set role reclaim_operator;
select lives_ok(format('select reclaim.hold(%s, %L)', :open, 'why'), 'an operator who switched to the role holds a job');
reset role;
select lives_ok(format('select reclaim.release(%s, %L)', :open, 'why'), 'and a superuser releases it');

select * from finish();
