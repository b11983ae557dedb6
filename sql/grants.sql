-- What each role may do, whole and from nothing: re-applied by every migrate, so that this file is the truth.
-- Nobody but the owner touches a table; services call their few functions, people call theirs and read the views.
revoke all on all tables in schema reclaim from public, reclaim_receiver, reclaim_worker, reclaim_sealer, reclaim_detector,
    reclaim_operator, reclaim_auditor;
revoke all on all functions in schema reclaim from public, reclaim_receiver, reclaim_worker, reclaim_sealer, reclaim_detector,
    reclaim_operator, reclaim_auditor;
grant usage on schema reclaim to reclaim_receiver, reclaim_worker, reclaim_sealer, reclaim_detector, reclaim_operator, reclaim_auditor;

grant execute on function reclaim.clock() to reclaim_receiver, reclaim_worker, reclaim_sealer, reclaim_detector, reclaim_operator,
    reclaim_auditor;
grant execute on function reclaim.oldest_snapshot_seconds(), reclaim.unsealed_seconds(), reclaim.budget_use(bigint[], timestamptz),
    reclaim.held_for_budget(bigint[]) to reclaim_worker, reclaim_operator, reclaim_auditor;
grant execute on function reclaim.late_removals(interval) to reclaim_operator, reclaim_auditor;
grant execute on function reclaim.look_at_log(bigint), reclaim.unsealed_events(bigint, int), reclaim.last_seal(bigint),
    reclaim.seals_after(bigint, int), reclaim.record_seal(bigint[], bigint, bytea, bytea, bigint, text) to reclaim_sealer;
grant execute on function reclaim.accept_webhooks(text[], text[], text[], text[], bytea[], bytea[], text[], bytea[], bytea[]),
    reclaim.approval_status(text, text) to reclaim_receiver;
grant execute on function reclaim.register_worker(uuid, text, int, text, boolean), reclaim.unregister_worker(uuid),
    reclaim.worker_tick(uuid), reclaim.claim_jobs(uuid, int, interval, timestamptz, int),
    reclaim.renew_leases(bigint[], bigint[], uuid[], interval),
    reclaim.hand_back(bigint[], bigint[], uuid[], interval[], text[]),
    reclaim.lock_held_jobs(bigint[], bigint[], uuid[]), reclaim.begin_revokes(bigint[], bigint[], uuid[], text[], text),
    reclaim.record_removals(bigint[], bigint[], uuid[], text[], text[], text[], int[], text[], text[], text[], text[], text[], interval, interval[], text[]),
    reclaim.begin_restores(bigint[], bigint[], uuid[], text[], boolean[], text),
    reclaim.record_restores(bigint[], bigint[], uuid[], text[], text[], text[], int[], text[], text[], text[]),
    reclaim.claim_looks(int, interval, text[], text[]),
    reclaim.record_looks(bigint[], bigint[], uuid[], text[], text[], interval[], text[], int[], text[], text[], text[], boolean),
    reclaim.record_setback(bigint, bigint, uuid, text, boolean, text, text, interval, text, int, text, int, text, text, boolean),
    reclaim.pending_messages(bigint[]), reclaim.freeze_message(bigint, bigint, uuid, text, text),
    reclaim.record_tickets(bigint[], bigint[], uuid[], text[], text[], text[]),
    reclaim.record_confirmations(bigint[], bigint[], uuid[], text[], int[]),
    reclaim.record_message_setback(bigint, bigint, uuid, text, interval, boolean, boolean, text, text),
    reclaim.record_rehearsal(bigint, bigint, uuid, text, text, text, int, text, text),
    reclaim.take_permits(text, double precision, int, int, boolean[], text[], interval[], bigint[]),
    reclaim.slow_connector(text, double precision, interval),
    reclaim.report_trouble(text, int, boolean, int, interval, interval, text),
    reclaim.claim_probe(text, interval), reclaim.end_probe(text, boolean, interval, interval, text),
    reclaim.throttle_gate(text, interval, text), reclaim.explain_removal(text, text, text, text, text), reclaim.ensure_partitions(int),
    reclaim.health_check() to reclaim_worker;
grant execute on function reclaim.flag_seat(text, text, text, text, text, json, timestamptz, bigint, text, text[]),
    reclaim.unflag_seat(text, text, text), reclaim.report_activity(text, text, timestamptz), reclaim.report_app_seats(text, int),
    reclaim.report_owners(text, text[])
    to reclaim_detector, reclaim_operator;
grant execute on function reclaim.requeue(bigint, text), reclaim.second(bigint, text), reclaim.cancel_jobs(text, text, text, text, text, timestamptz, int, boolean),
    reclaim.hold_jobs(text, text, text, text, text, timestamptz, int, boolean),
    reclaim.release_jobs(text, text, text, text, text, timestamptz, int, boolean),
    reclaim.requeue_jobs(text, text, text, text, text, timestamptz, int, boolean),
    reclaim.look_again(bigint, text), reclaim.restore(bigint, text, text),
    reclaim.cancel(bigint, text), reclaim.hold(bigint, text), reclaim.release(bigint, text), reclaim.close_gate(text, text, timestamptz),
    reclaim.open_gate(text, text), reclaim.set_trigger(boolean, text), reclaim.set_mode(text, text, text, int), reclaim.erase_identity(text, text, text), reclaim.explain_removal(text, text, text, text, text),
    reclaim.place_legal_hold(text, text, text), reclaim.lift_legal_hold(text, text, text),
    reclaim.set_budget(text, interval, text, int, numeric), reclaim.drop_budget(text, interval, text), reclaim.release_budget(text, text, text),
    reclaim.health_check() to reclaim_operator;
grant execute on function reclaim.salt_of(bytea, text) to reclaim_auditor;
grant select on reclaim.jobs, reclaim.failed_jobs, reclaim.journal, reclaim.job_timeline, reclaim.reclamation_record, reclaim.queue_health,
    reclaim.budgets, reclaim.legal_holds, reclaim.modes, reclaim.held_jobs, reclaim.removal_savings, reclaim.savings,
    reclaim.unproven_removals, reclaim.connector_limits to reclaim_operator, reclaim_auditor;
grant select on reclaim.queue_health to reclaim_worker;
grant select on reclaim.audit, reclaim.audit_personal, reclaim.approval, reclaim.delivery, reclaim.log_event, reclaim.leaf, reclaim.seal,
    reclaim.sealed_removal, reclaim.gate to reclaim_auditor;
grant select on reclaim.migration to reclaim_worker, reclaim_receiver, reclaim_sealer, reclaim_operator, reclaim_auditor;
