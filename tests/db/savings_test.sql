-- Reports for those who pay and those who promise: savings, late_removals, held_jobs.
\ir support/setup.sql
select t.by_hand() \g /dev/null

-- One removal of 30.00 a month, one of unknown cost, one of another currency; and what is no verified removal of ours.
create function removed_at_cost(p_seat text, p_minor bigint, p_currency text, p_outcome text default 'removed') returns bigint language plpgsql as $$
declare
    v_job bigint := t.approve(p_seat, p_seat);
begin
    perform reclaim.flag_seat('figma', p_seat, 'user-of-' || p_seat, p_unit_cost_minor => p_minor, p_currency => p_currency);
    perform t.claim();
    perform t.begin(v_job);
    perform t.remove(v_job, p_outcome);
    return v_job;
end;
$$;
select removed_at_cost('eur', 3000, 'EUR') as eur \gset
select removed_at_cost('unknown', null, null) as unknown \gset
select removed_at_cost('usd', 500, 'USD') as usd \gset
select removed_at_cost('absent', 900, 'EUR', 'already_absent'), removed_at_cost('dated', 900, 'EUR', 'scheduled') \g /dev/null
select t.job_in('revoke') \g /dev/null
select results_eq('select app, currency::text, removed_in, removals, cost_unknown, taken_back, minor_per_month::bigint from reclaim.savings order by currency',
    $$ values ('figma', 'EUR', '2030-01', 1::bigint, 0::bigint, 0::bigint, 3000::bigint), ('figma', 'USD', '2030-01', 1, 0, 0, 500), ('figma', null, '2030-01', 1, 1, 0, 0) $$,
    'savings counts verified removals alone, by currency; an unknown cost stays unknown');
select reclaim.flag_seat('figma', 'eur', 'user-of-eur', p_unit_cost_minor => 1, p_currency => 'EUR') \g /dev/null
select is((select minor_per_month from reclaim.removal_savings where job_id = :eur), 3000::bigint, 'the cost is the one of the removal, whatever detection says later');
select fake.advance('365.25 days') \g /dev/null
select is((select saved_minor from reclaim.removal_savings where job_id = :eur), 36000::bigint, 'after a year it has saved twelve months');

select t.job_in('due') as other \gset
-- Given back: from then on nothing is saved. The event may be of a kind that only a later version writes.
alter table reclaim.audit drop constraint audit_event_known;
select reclaim.write_audit(:eur, 'drift_found', 'system', 'reclaim'), reclaim.write_audit(:other, 'restored', 'system', 'reclaim', p_detail => json_build_object('undoes', :usd::bigint)) \g /dev/null
select fake.advance('365.25 days') \g /dev/null
select results_eq($$ select currency::text, removals, taken_back, minor_per_month::bigint, saved_minor::bigint from reclaim.savings where currency is not null order by 1 $$,
    $$ values ('EUR', 1::bigint, 1::bigint, 0::bigint, 36000::bigint), ('USD', 1, 1, 0, 6000) $$, 'what was given back or found again saves nothing from then on');
select is((select taken_back_by from reclaim.removal_savings where job_id = :usd), 'restored', 'and the line says what took it back');

-- late_removals
create function late(p_target interval default '24 hours') returns table (seat text, made boolean, late_by interval, state text) language sql as $$
    select seat, removed_at is not null, late_by, state from reclaim.late_removals(p_target) where approved_at > reclaim.clock() - interval '300 days' order by seat
$$;
select t.approve('quick', 'quick') as quick, t.approve('slow', 'slow') as slow, t.approve('open', 'open') as open, t.approve('called-off', 'called-off') as off,
    t.approve('stuck', 'stuck') as stuck \gset
select reclaim.hold(:stuck, 'legal asks') \g /dev/null
create function remove_now(p_job bigint) returns void language plpgsql as $$
begin
    perform t.claim();
    perform t.begin(p_job);
    perform t.remove(p_job);
end;
$$;
select remove_now(:quick) \g /dev/null
select is_empty('select * from late()', 'nothing is late before the target');
select fake.advance('24 hours') \g /dev/null
select is_empty('select * from late()', 'nor at it');
select fake.advance('1 hour') \g /dev/null
select remove_now(:slow), reclaim.cancel(:off, 'not needed') \g /dev/null
select fake.advance('1 hour') \g /dev/null
select results_eq('select * from late()', $$ values ('open', false, interval '2 hours', 'validate'), ('slow', true, interval '1 hour', 'deliver'),
    ('stuck', false, interval '2 hours', 'held') $$, 'late is what was removed after the target and what is still not; cancelled is not late');
select is((select count(*) from late('48 hours')), 0::bigint, 'against another target nothing is');

-- held_jobs: one of every reason; each statement it shows works, and lets the job go on.
create function hold_as(p_reason text) returns bigint language plpgsql as $$
declare
    v_job bigint := t.job_in(case p_reason when 'inherited' then 'held_revoke' when 'unsure' then 'held_unsure' else 'validate' end);
begin
    case
        when p_reason = 'operator' then perform reclaim.hold(v_job, 'look into it');
        when p_reason = 'budget' then perform reclaim.set_budget('approver:boss', '1 minute', 't', 1), t.begin(t.job_in('validate')), t.begin(v_job);
        when p_reason = 'app_seats_not_known' then perform reclaim.set_budget('all', '2 minutes', 't', null, 50), t.begin(v_job);
        when p_reason = 'canary_done' then perform reclaim.set_mode('figma', 'canary', 't', 1), t.begin(t.job_in('validate')), t.begin(v_job);
        when p_reason = 'would_remove' then perform reclaim.set_mode('figma', 'plan', 't'), t.begin(v_job);
        else null;
    end case;
    return v_job;
end;
$$;
create table holding (reason text, cancellable boolean, release_with text);
insert into holding values ('operator', true, 'select reclaim.release(%s, ''why'');'), ('inherited', true, 'select reclaim.release(%s, ''why'');'),
    ('unsure', false, 'select reclaim.release(%s, ''why'');'),
    ('would_remove', true, 'select * from reclaim.set_mode(''figma'', ''live'', ''why''); select reclaim.release(%s, ''why'');'),
    ('canary_done', true, 'select * from reclaim.set_mode(''figma'', ''live'', ''why''); select reclaim.release(%s, ''why'');'),
    ('budget', true, 'select * from reclaim.release_budget(''approver:boss'', ''your directory id'', ''why'');'),
    ('app_seats_not_known', true, 'select reclaim.report_app_seats(''figma'', HOW_MANY); select reclaim.release(%s, ''why'');');
create function let_go(p holding) returns setof text language plpgsql as $$
declare
    v_job bigint := hold_as(p.reason);
    v_row record;
begin
    select * into v_row from reclaim.held_jobs where job_id = v_job;
    return next is(v_row.release_with, format(p.release_with, v_job), p.reason || ': the statement that lets it go on');
    return next is(v_row.cancel_with is not null, p.cancellable, p.reason || ': and whether it can be cancelled');
    return next ok(v_row.held_by is not null and v_row.held_at is not null, p.reason || ': and who held it when');
    perform fake.advance('3 minutes');  -- units come free
    execute replace(v_row.release_with, 'HOW_MANY', '99');
    perform t.claim();
    return next is((select verdict from t.begin(v_job)), 'go', p.reason || ': run as it stands, it does');
    perform reclaim.drop_budget(scope, window_length, 'next') from reclaim.budgets;
    perform reclaim.set_mode('figma', 'live', 'next');
end;
$$;
select line from holding h, let_go(h) as line;

select * from finish();
