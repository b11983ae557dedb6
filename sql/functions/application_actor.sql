-- application_actor: how the person or program behind this session is named beside the log: the signed-in database user (not
-- the role it switched to) and what it said it is.
create or replace function reclaim.application_actor() returns text
language sql stable set search_path = pg_catalog, pg_temp
as $$ select session_user || coalesce(' (' || nullif(current_setting('application_name', true), '') || ')', '') $$;
comment on function reclaim.application_actor is 'Who is at this session, as the journal names them: the login, and the applications name.';
