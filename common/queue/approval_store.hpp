#pragma once
// The receiver's side of the queue: one method per SQL function it may call, over one connection that mends itself. Not
// for two callers at once; whoever needs more opens more stores.
#include "common/crypto/digest.hpp"
#include "common/pg/session.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::queue {

namespace asio = boost::asio;

// One verified and mapped webhook. The views are of things that outlive every request: configuration and constants.
struct webhook {
    std::string_view source;
    std::string_view key_id;
    std::string_view event_type;
    std::string delivery_id;
    std::string body;  // the exact signed bytes
    crypto::digest body_sha256;
    std::string facts;  // the mapped fields as JSON, see sql/functions/accept/accept_webhooks.sql
    // Of an approval: what its event in the log commits to, see sql/functions/evidence/commit_to.sql. Empty for others.
    std::string salts;
    std::string commitments;
};

enum class verdict {
    accepted,
    duplicate,
    conflict,
    trigger_off,
    cancelled,
    too_late,
    not_found,
    flagged,
    unflagged,
    seconded
};

std::string_view to_text(verdict v);

struct accept_answer {
    queue::verdict verdict = queue::verdict::accepted;
    std::optional<std::int64_t> job_id;
    std::optional<std::string> detail;
};

struct database_state {
    std::chrono::sys_time<std::chrono::microseconds> clock;
    std::int64_t schema_version = 0;
};

// The newest migration this program was built with.
int schema_version_needed();

class approval_store {
public:
    approval_store(asio::any_io_executor executor, pg::connect_options options)
        : db_(std::move(executor), std::move(options))
    {}

    // Connects if need be; throws pg::connection_lost, at once while the last failure is too fresh.
    asio::awaitable<void> connect(pg::steady::time_point deadline);
    bool connected() const { return db_.up(); }
    pg::steady::time_point next_attempt() const { return db_.next_attempt(); }
    void disconnect() { db_.close(); }

    // Records all of them in one transaction; one answer each, in order. Throws what pg::session::transact throws.
    asio::awaitable<std::vector<accept_answer>> accept(const std::vector<const webhook*>& batch,
                                                       pg::steady::time_point deadline);
    // Status and timeline as JSON text; nothing when this source sent no such approval.
    asio::awaitable<std::optional<std::string>> status(std::string_view source, std::string_view approval_id,
                                                       pg::steady::time_point deadline);
    // Tells listening workers that there is work. Never part of a write transaction: NOTIFY serialises commits.
    asio::awaitable<void> announce_jobs(pg::steady::time_point deadline);
    asio::awaitable<database_state> look(pg::steady::time_point deadline);

private:
    pg::session db_;
};

}  // namespace reclaim::queue
