-- Who may do what. Services log in as receiver, worker and sealer; people are granted operator, auditor or detector:
--   create role alice login in role reclaim_operator;
-- Two migrations may meet here, on one cluster with several databases: losing that race is fine.
do $$
declare
    v_role record;
begin
    for v_role in
        select * from (values
            ('reclaim_owner', false), ('reclaim_receiver', true), ('reclaim_worker', true), ('reclaim_sealer', true),
            ('reclaim_detector', false), ('reclaim_operator', false), ('reclaim_auditor', false)) as r(name, login)
    loop
        if not exists (select from pg_roles where rolname = v_role.name) then
            begin
                execute format('create role %I %s', v_role.name, case when v_role.login then 'login' else 'nologin' end);
            exception when duplicate_object or unique_violation then
                null;
            end;
        end if;
    end loop;
    -- health_check() and queue_health look for old snapshots of anybody.
    grant pg_read_all_stats to reclaim_owner;
    execute format('grant create on database %I to reclaim_owner', current_database());
end;
$$;
