#pragma once
// The sealer's side of the log: what is not sealed yet, and where the seals are kept. One method per SQL function, over
// one connection that mends itself and also holds the lock that makes this sealer the only active one.
#include "common/pg/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace reclaim::queue {

namespace asio = boost::asio;

struct logged_event {
    std::int64_t audit_id = 0;
    std::int64_t recorded_at = 0;  // microseconds since 2000
    std::string line;              // its canonical bytes, see event_line.hpp
};

struct log_state {
    bool waiting = false;              // events above the asked id are not sealed
    std::int64_t latest = 0;           // the id drawn last
    std::vector<std::string> running;  // the transactions that ran then
    std::int64_t now = 0;              // microseconds since 2000
};

struct seal {
    std::int64_t tree_size = 0;
    std::string root_hash;  // 32 bytes
    std::string frontier;
    std::int64_t settled_id = 0;
    std::string checkpoint;
};

class audit_log {
public:
    audit_log(asio::any_io_executor executor, pg::connect_options options)
        : db_(std::move(executor), std::move(options))
    {}

    // All throw what pg::session does. The lock is this session's, and gone with it.
    asio::awaitable<bool> try_lock(pg::steady::time_point deadline);
    asio::awaitable<log_state> look(std::int64_t after, pg::steady::time_point deadline);
    asio::awaitable<std::vector<logged_event>> unsealed(std::int64_t after, int most, pg::steady::time_point deadline);
    asio::awaitable<std::optional<seal>> last_seal(pg::steady::time_point deadline);
    asio::awaitable<std::optional<seal>> seal_of(std::int64_t tree_size, pg::steady::time_point deadline);
    asio::awaitable<std::vector<std::string>> checkpoints_after(std::int64_t tree_size, int most,
                                                                pg::steady::time_point deadline);
    // Throws pg::error RC409 when another sealer was faster.
    asio::awaitable<void> record(const std::vector<std::int64_t>& audit_ids, const seal& made,
                                 pg::steady::time_point deadline);
    bool up() const { return db_.up(); }
    void close() { db_.close(); }

private:
    pg::session db_;
};

}  // namespace reclaim::queue
