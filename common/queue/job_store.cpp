#include "common/queue/job_store.hpp"

#include "common/json/document.hpp"
#include "common/queue/lease_columns.hpp"

#include <stdexcept>

namespace reclaim::queue {
namespace {

// Named as the SQL functions are; C++ prepares each once per connection.
constexpr pg::statement claim_jobs_sql{"claim_jobs", "select * from reclaim.claim_jobs($1, $2, $3, $4, $5)"};
constexpr pg::statement register_worker_sql{"register_worker", "select reclaim.register_worker($1, $2, $3, $4, $5)"};
constexpr pg::statement unregister_worker_sql{"unregister_worker", "select 1 from reclaim.unregister_worker($1)"};
constexpr pg::statement renew_leases_sql{"renew_leases", "select reclaim.renew_leases($1, $2, $3, $4)"};
constexpr pg::statement worker_tick_sql{"worker_tick",
                                        "select gates, jobs_freed, now, connectors from reclaim.worker_tick($1)"};
constexpr pg::statement ensure_partitions_sql{"ensure_partitions", "select reclaim.ensure_partitions()"};
constexpr pg::statement lock_held_jobs_sql{"lock_held_jobs", "select count(*) from reclaim.lock_held_jobs($1, $2, $3)"};
constexpr pg::statement begin_revokes_sql{
    "begin_revokes", "select job_id, verdict, detail, operation_key from reclaim.begin_revokes($1, $2, $3, $4, $5)"};
constexpr pg::statement begin_restores_sql{"begin_restores",
                                           "select job_id, verdict, detail, operation_key, captured from "
                                           "reclaim.begin_restores($1, $2, $3, $4, $5::boolean[], $6)"};
constexpr pg::statement record_restores_sql{"record_restores",
                                            "select reclaim.record_restores($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"};
constexpr pg::statement record_removals_sql{
    "record_removals",
    "select reclaim.record_removals($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"};
constexpr pg::statement record_setback_sql{
    "record_setback",
    "select reclaim.record_setback($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"};
constexpr pg::statement record_rehearsal_sql{"record_rehearsal",
                                             "select reclaim.record_rehearsal($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
constexpr pg::statement hand_back_sql{"hand_back", "select reclaim.hand_back($1, $2, $3, $4, $5)"};
constexpr pg::statement record_tickets_sql{
    "record_tickets", "select job_id, message_id, body from reclaim.record_tickets($1, $2, $3, $4, $5, $6)"};
constexpr pg::statement record_confirmations_sql{"record_confirmations",
                                                 "select reclaim.record_confirmations($1, $2, $3, $4, $5)"};
constexpr pg::statement record_message_setback_sql{
    "record_message_setback", "select reclaim.record_message_setback($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
constexpr pg::statement pending_messages_sql{
    "pending_messages", "select job_id, message_id, topic, body, attempts, due from reclaim.pending_messages($1)"};
constexpr pg::statement freeze_message_sql{"freeze_message", "select reclaim.freeze_message($1, $2, $3, $4, $5)"};
constexpr pg::statement throttle_gate_sql{"throttle_gate", "select reclaim.throttle_gate($1, $2, $3)"};

pg::params lease_of(const lease& held)
{
    pg::params out;
    out.add(held.job_id).add(held.fence).add(held.token);
    return out;
}

job_state state_named(std::string_view name)
{
    if (name == "validate")
        return job_state::validate;
    if (name == "revoke")
        return job_state::revoke;
    if (name == "deliver")
        return job_state::deliver;
    if (name == "held")
        return job_state::held;
    throw std::logic_error("unknown job state: are SQL and program of one version?");
}

}  // namespace

pg::call claim_jobs(const pg::uuid& worker, int jobs_max, microseconds lease, std::int64_t floor, int crashes_max)
{
    pg::params with;
    with.add(worker).add(jobs_max).add(lease).add_timestamp(floor).add(crashes_max);
    return {&claim_jobs_sql, std::move(with)};
}

std::vector<claimed_job> read_claimed(const pg::rows& answer, async::steady::time_point until)
{
    std::vector<claimed_job> out;
    out.reserve(static_cast<std::size_t>(answer.size()));
    for (int row = 0; row < answer.size(); ++row) {
        const auto text = [&](int column) { return answer.optional_text(row, column).value_or(""); };
        claimed_job job;
        job.held = {answer.integer(row, 0), answer.integer(row, 3), answer.id(row, 4), until};
        job.state = state_named(answer.text(row, 1));
        job.visible_at = answer.timestamp(row, 2);
        job.attempts = static_cast<int>(answer.integer(row, 5));
        job.effect_possible = answer.flag(row, 6);
        job.app = text(8);
        job.seat = text(9);
        job.subject = text(10);
        job.email = text(11);
        job.source = text(12);
        job.approval_ref = text(13);
        job.approver = text(14);
        job.requester = text(15);
        job.callback_url = text(16);
        job.reason = text(17);
        job.flag_epoch = answer.integer(row, 18);
        job.kind = answer.text(row, 20) == "restore" ? job_kind::restore : job_kind::removal;
        out.push_back(std::move(job));
    }
    return out;
}

pg::call register_worker(const pg::uuid& worker, const std::string& host, int pid, bool has_session)
{
    pg::params with;
    with.add(worker).add(host).add(pid).add(RECLAIM_VERSION).add(has_session);
    return {&register_worker_sql, std::move(with)};
}

pg::call unregister_worker(const pg::uuid& worker)
{
    pg::params with;
    with.add(worker);
    return {&unregister_worker_sql, std::move(with)};
}

pg::call renew_leases(std::span<const lease> held, microseconds length)
{
    auto with = leases_of(held);
    with.add(length);
    return {&renew_leases_sql, std::move(with)};
}

std::vector<std::int64_t> read_ids(const pg::rows& answer)
{
    std::vector<std::int64_t> out;
    for (int row = 0; row < answer.size(); ++row)
        out.push_back(answer.integer(row, 0));
    return out;
}

pg::call worker_tick(const pg::uuid& worker)
{
    pg::params with;
    with.add(worker);
    return {&worker_tick_sql, std::move(with)};
}

tick read_tick(const pg::rows& answer)
{
    tick out;
    out.jobs_freed = answer.integer(0, 1);
    out.now = answer.timestamp(0, 2);
    const auto gates = json::document::parse(answer.text(0, 0));
    if (!gates)
        throw std::logic_error("worker_tick answered gates that are not JSON");
    for (const auto& gate : gates->root().elements()) {
        closed_gate one;
        one.scope = std::string(gate["scope"].string().value_or(""));
        if (const auto ms = gate["ms"].integer())
            one.opens_in = std::chrono::milliseconds(*ms);
        if (const auto ms = gate["probe_ms"].integer())
            one.probe_in = std::chrono::milliseconds(*ms);
        out.gates.push_back(std::move(one));
    }
    const auto connectors = json::document::parse(answer.text(0, 3));
    if (!connectors)
        throw std::logic_error("worker_tick answered connectors that are not JSON");
    for (const auto& connector : connectors->root().elements()) {
        connector_news one;
        one.connector = std::string(connector["connector"].string().value_or(""));
        one.troubled = connector["troubled"].boolean().value_or(false);
        if (const auto ms = connector["slow_ms"].integer())
            one.slow_for = std::chrono::milliseconds(*ms);
        out.connectors.push_back(std::move(one));
    }
    return out;
}

pg::call ensure_partitions()
{
    return {&ensure_partitions_sql, {}};
}

pg::call lock_held_jobs(std::span<const lease> held)
{
    return {&lock_held_jobs_sql, leases_of(held)};
}

pg::call begin_revokes(std::span<const begin_request> jobs, const std::string& policy_json)
{
    auto with = leases_of(jobs);
    add_column(with, jobs, [](const begin_request& j) { return j.connector; });
    with.add(policy_json);
    return {&begin_revokes_sql, std::move(with)};
}

pg::call begin_restores(std::span<const begin_request> jobs, const std::string& policy_json)
{
    auto with = leases_of(jobs);
    add_column(with, jobs, [](const begin_request& j) { return j.connector; });
    add_column(with, jobs, [](const begin_request& j) { return j.can_restore ? 1 : 0; });
    with.add(policy_json);
    return {&begin_restores_sql, std::move(with)};
}

std::vector<begin_verdict> read_begun(const pg::rows& answer)
{
    std::vector<begin_verdict> out;
    for (int row = 0; row < answer.size(); ++row) {
        begin_verdict one;
        one.job_id = answer.integer(row, 0);
        const auto verdict = answer.text(row, 1);
        one.what = verdict == "go"            ? begin_verdict::kind::go
                   : verdict == "look"        ? begin_verdict::kind::look
                   : verdict == "rehearse"    ? begin_verdict::kind::rehearse
                   : verdict == "gate_closed" ? begin_verdict::kind::gate_closed
                   : verdict == "later"       ? begin_verdict::kind::later
                   : verdict == "held"        ? begin_verdict::kind::held
                                              : begin_verdict::kind::concluded;
        one.detail = answer.optional_text(row, 2).value_or("");
        one.operation_key = answer.optional_text(row, 3).value_or("");
        if (answer.columns() > 4)  // begin_restores
            one.captured = answer.optional_text(row, 4).value_or("");
        out.push_back(std::move(one));
    }
    return out;
}

pg::call record_removals(std::span<const removal> done, microseconds wait_for_ticket)
{
    auto with = leases_of(done);
    add_column(with, done, [](const removal& r) { return r.outcome; });
    add_column(with, done, [](const removal& r) { return null_if_empty(r.reason); });
    add_column(with, done, [](const removal& r) { return r.operation; });
    add_column(with, done, [](const removal& r) { return r.status; });
    add_column(with, done, [](const removal& r) { return null_if_empty(r.request_id); });
    add_column(with, done, [](const removal& r) { return r.detail_json; });
    add_column(with, done, [](const removal& r) { return r.ticket_id; });
    add_column(with, done, [](const removal& r) { return r.ticket_body; });
    add_column(with, done, [](const removal& r) { return r.connector; });
    with.add(wait_for_ticket);
    add_column(with, done, [](const removal& r) { return r.look_after; });
    add_column(with, done, [](const removal& r) { return null_if_empty(r.captured); });
    return {&record_removals_sql, std::move(with)};
}

pg::call record_restores(std::span<const removal> done)
{
    auto with = leases_of(done);
    add_column(with, done, [](const removal& r) { return r.outcome; });
    add_column(with, done, [](const removal& r) { return null_if_empty(r.reason); });
    add_column(with, done, [](const removal& r) { return r.operation; });
    add_column(with, done, [](const removal& r) { return r.status; });
    add_column(with, done, [](const removal& r) { return null_if_empty(r.request_id); });
    add_column(with, done, [](const removal& r) { return r.detail_json; });
    add_column(with, done, [](const removal& r) { return r.connector; });
    return {&record_restores_sql, std::move(with)};
}

pg::call record_setback(const setback& what)
{
    static constexpr std::string_view kinds[] = {"retry", "free", "still_present", "refused", "withdrawn", "stopped"};
    auto with = lease_of(what.held);
    with.add(kinds[static_cast<std::size_t>(what.how)])
        .add(what.effect_possible)
        .add(what.reason_code)
        .add(what.reason_text);
    with.add(what.wait)
        .add(null_if_empty(what.waiting_for))
        .add(what.attempts_max)
        .add(what.operation)
        .add(what.status);
    with.add(what.request_id).add(what.connector).add(what.sent);
    return {&record_setback_sql, std::move(with)};
}

pg::call record_rehearsal(const rehearsal& what)
{
    auto with = lease_of(what.held);
    with.add(what.would).add(null_if_empty(what.words)).add(what.operation).add(what.status);
    with.add(what.request_id).add(what.connector);
    return {&record_rehearsal_sql, std::move(with)};
}

pg::call hand_back(std::span<const hand_back_request> jobs)
{
    auto with = leases_of(jobs);
    add_column(with, jobs, [](const hand_back_request& j) { return j.wait; });
    add_column(with, jobs, [](const hand_back_request& j) { return null_if_empty(j.waiting_for); });
    return {&hand_back_sql, std::move(with)};
}

pg::call record_tickets(std::span<const ticket_opened> done)
{
    auto with = leases_of(done);
    add_column(with, done, [](const ticket_opened& t) { return t.message_id; });
    add_column(with, done, [](const ticket_opened& t) { return t.identifier; });
    add_column(with, done, [](const ticket_opened& t) { return t.url; });
    return {&record_tickets_sql, std::move(with)};
}

std::vector<confirmation_due> read_confirmations_due(const pg::rows& answer)
{
    std::vector<confirmation_due> out;
    for (int row = 0; row < answer.size(); ++row)
        out.push_back({answer.integer(row, 0), std::string(answer.text(row, 1)), std::string(answer.text(row, 2))});
    return out;
}

pg::call record_confirmations(std::span<const confirmed> done)
{
    auto with = leases_of(done);
    add_column(with, done, [](const confirmed& c) { return c.message_id; });
    add_column(with, done, [](const confirmed& c) { return c.status; });
    return {&record_confirmations_sql, std::move(with)};
}

pg::call record_message_setback(const message_setback& what)
{
    auto with = lease_of(what.held);
    with.add(what.message_id)
        .add(what.wait)
        .add(what.charged)
        .add(what.final)
        .add(what.reason_code)
        .add(what.reason_text);
    return {&record_message_setback_sql, std::move(with)};
}

pg::call pending_messages(std::span<const lease> jobs)
{
    pg::params with;
    std::vector<std::int64_t> ids;
    for (const auto& job : jobs)
        ids.push_back(job.job_id);
    with.add(std::span<const std::int64_t>(ids));
    return {&pending_messages_sql, std::move(with)};
}

std::vector<std::pair<std::int64_t, message>> read_messages(const pg::rows& answer)
{
    std::vector<std::pair<std::int64_t, message>> out;
    for (int row = 0; row < answer.size(); ++row) {
        message one;
        one.id = answer.text(row, 1);
        const auto about = answer.text(row, 2);
        one.about = about == "ticket"    ? message::topic::ticket
                    : about == "comment" ? message::topic::comment
                                         : message::topic::confirmation;
        one.frozen = !answer.is_null(row, 3);
        one.body = answer.optional_text(row, 3).value_or("");
        one.attempts = static_cast<int>(answer.integer(row, 4));
        one.due = answer.flag(row, 5);
        out.emplace_back(answer.integer(row, 0), std::move(one));
    }
    return out;
}

pg::call freeze_message(const lease& held, const std::string& message_id, const std::string& body)
{
    auto with = lease_of(held);
    with.add(message_id).add(null_if_empty(body));
    return {&freeze_message_sql, std::move(with)};
}

pg::call throttle_gate(const std::string& scope, std::optional<microseconds> wait, const std::string& why)
{
    pg::params with;
    with.add(scope).add(wait).add(why);
    return {&throttle_gate_sql, std::move(with)};
}

}  // namespace reclaim::queue
