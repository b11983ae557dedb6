-- read_policy: the policy a worker's configuration carries, as the guards take it. What is left out has its default, but for the
-- greatest age, without which nothing passes. A name nobody knows may be a misspelled limit, so it is refused and not skipped.
-- Patterns of protected subjects become LIKE patterns here, once for a batch.
-- Raises: RC422 for a name that no guard knows.
create or replace function reclaim.read_policy(p_policy text) returns reclaim.policy
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_in jsonb := p_policy::jsonb;
    v_policy reclaim.policy;
    v_unknown text;
begin
    select string_agg(key, ', ') into v_unknown from (
        select key from jsonb_object_keys(v_in) as key
        where key not in ('approval_age_max', 'approver_and_requester', 'protected_subjects', 'protected_attributes', 'activity_age_max', 'grace',
            'second_approver', 'apps')
        union all
        select app.key || '.' || rule.key from jsonb_each(v_in -> 'apps') as app, jsonb_object_keys(app.value) as rule (key)
        where rule.key not in ('approvers', 'second_approver', 'owners_min', 'grace', 'windows', 'time_zone')) as names;
    if v_unknown is not null then
        raise exception 'the policy says %, which no guard knows', v_unknown using errcode = 'RC422',
            hint = 'Worker and database are of different versions: run reclaim-worker migrate.';
    end if;
    v_policy := jsonb_populate_record(row(null, 'differ_if_named', '{}', '{}', null, interval '0', false, '{}')::reclaim.policy, v_in);
    -- People are compared in lower case; app names have no other, and time zones may have it.
    v_policy.apps := lower(v_policy.apps::text);
    v_policy.protected_attributes := lower(v_policy.protected_attributes::text)::text[];
    v_policy.protected_subjects := array(
        select replace(regexp_replace(lower(p), '([\\%_])', '\\\1', 'g'), '*', '%') from unnest(v_policy.protected_subjects) as p);
    return v_policy;
end;
$$;
comment on function reclaim.read_policy is 'The policy of a workers configuration, as the guards take it.';
