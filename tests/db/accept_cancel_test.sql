-- The sender's cancellation, and flags that arrive as webhooks.
\ir support/setup.sql
select t.by_hand() \g /dev/null

select t.approve('A1', 's1') as job \gset
select results_eq($$ select verdict, job_id from t.accept_all(t.webhook('A1', p_event => 'seat.removal.cancelled', p_delivery => 'c1')) $$,
    format($$ values ('cancelled', %s::bigint) $$, :job), 'a cancellation before the removal has begun stops it');
select is(t.events(:job), '{received,cancelled}', 'the audit says that it was cancelled');
select is((select actor_kind || ' ' || actor_ref from reclaim.audit where event_type = 'cancelled'), 'sender portal',
    'and that the sender did it');
select is((select verdict from t.accept_all(t.webhook('A1', p_event => 'seat.removal.cancelled', p_delivery => 'c1'))), 'duplicate',
    'the same cancellation again is a duplicate');

select t.job_in('revoke') as begun \gset
select results_eq($$ select verdict, detail ~ 'has begun' from t.accept_all(t.webhook('revoke-1', p_event => 'seat.removal.cancelled', p_delivery => 'c2')) $$,
    $$ values ('too_late', true) $$, 'a cancellation after the intent is too late, and says why');
select is(t.state(:begun), 'revoke', 'the job goes on');
select t.job_in('done') \g /dev/null
select is((select verdict from t.accept_all(t.webhook('done-2', p_event => 'seat.removal.cancelled', p_delivery => 'c3'))), 'too_late',
    'a finished removal cannot be cancelled');
select is((select verdict from t.accept_all(t.webhook('done-2', p_event => 'seat.removal.cancelled', p_delivery => 'c4', p_source => 'other'))),
    'not_found', 'a source cannot cancel what another source approved');

delete from reclaim.job_done where outcome = 'removed';
select is((select verdict from t.accept_all(t.webhook('done-2', p_event => 'seat.removal.cancelled', p_delivery => 'c5'))), 'too_late',
    'a job whose partition was dropped by policy is too late to cancel, not an error for ever');

-- A cancellation that overtakes its approval must not be swallowed by being sent again.
select is((select verdict from t.accept_all(t.webhook('E1', 's5', p_event => 'seat.removal.cancelled', p_delivery => 'early'))), 'not_found',
    'a cancellation of an unknown approval is not found');
select t.approve('E1', 's5') as early \gset
select is((select verdict from t.accept_all(t.webhook('E1', 's5', p_event => 'seat.removal.cancelled', p_delivery => 'early'))), 'cancelled',
    'sent again after the approval has arrived, it cancels');
select is((select detail from t.accept_all(t.webhook('E1', 's5', p_event => 'seat.removal.cancelled', p_delivery => 'early'))),
    format('job %s is cancelled already: nothing is left to cancel', :early), 'and a third time nothing is left to cancel');
select t.approve('E2', 's6') as quiet \gset
select is((select verdict from t.accept_all(t.webhook('E2', p_facts => '{"reason": ""}', p_event => 'seat.removal.cancelled', p_delivery => 'c6'))),
    'cancelled', 'a cancellation without words is a cancellation all the same');

select is((select detail from t.accept_all(t.webhook('F', 's7', p_event => 'seat.flagged', p_delivery => 'f1'))), '1',
    'a flag is answered with its flag epoch');
select is((select verdict from t.accept_all(t.webhook('F', 's7', p_event => 'seat.unflagged', p_delivery => 'f2'))), 'unflagged',
    'a flag can be cleared');
select is((select verdict from t.accept_all(t.webhook('F', 's7', p_event => 'seat.unflagged', p_delivery => 'f3'))), 'not_found',
    'a flag that is not there is not found');
select is((select verdict from t.accept_all(t.webhook('F', 's7', p_event => 'seat.flagged', p_delivery => 'f1'))), 'duplicate',
    'an old flag webhook sent again does not flag the seat anew');
select is((select state from reclaim.seat where seat = 's7'), 'active', 'the seat stays cleared');
select throws_ok($$ select * from t.accept_all(t.webhook('F', 's7', p_event => 'seat.painted', p_delivery => 'f4')) $$, 'RC422', null,
    'an event type nobody knows is refused, not taken for another');

select * from finish();
