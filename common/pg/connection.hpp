#pragma once
// One libpq connection on an Asio event loop, always in pipeline mode: a transaction is one round trip. After any
// failure but pg::error the connection is broken and must be dropped; session.hpp does that for those who just want a
// working one.
#include "common/async/deadline.hpp"
#include "common/pg/error.hpp"
#include "common/pg/params.hpp"
#include "common/pg/rows.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

struct pg_conn;

namespace reclaim::pg {

namespace asio = boost::asio;
using async::steady;

// A statement the program knows by name. The name is the prepared statement's name and appears in errors.
struct statement {
    const char* name;
    const char* text;
};

struct call {
    const statement* what;
    params with;
};

struct connect_options {
    std::string conninfo;          // URI or key=value, as libpq takes it
    std::string application_name;  // seen in pg_stat_activity and in the audit
    // Behind a transaction pooler nothing may outlive a transaction: no prepared statements, no session locks, no
    // LISTEN.
    bool pooled = false;
};

class connection {
public:
    // Throws connection_lost with libpq's words (never the password) or when the deadline passes.
    static asio::awaitable<std::unique_ptr<connection>> open(connect_options options, steady::time_point deadline);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    // One question at a time: a second one throws std::logic_error and does not disturb the first.
    // BEGIN, the calls, COMMIT in one round trip. The answers count only because the COMMIT's own tag said COMMIT and
    // no warning came. Throws pg::error (rolled back, connection usable), commit_in_doubt, connection_lost.
    asio::awaitable<std::vector<rows>> transact(const std::vector<call>& calls, steady::time_point deadline);
    // One statement on its own, for reads whose loss costs nothing.
    asio::awaitable<rows> query(const statement& what, const params& with, steady::time_point deadline);

    asio::awaitable<void> listen(const std::string& channel, steady::time_point deadline);
    // The channels notified since last asked; empty when the deadline passed first.
    asio::awaitable<std::vector<std::string>> notifications(steady::time_point deadline);

    bool broken() const { return broken_; }

private:
    connection(asio::any_io_executor executor, connect_options options);
    asio::awaitable<bool> connect();
    asio::awaitable<std::vector<rows>> run(const std::vector<call>& calls, bool as_transaction);
    asio::awaitable<void> flush_until_readable();
    asio::awaitable<std::shared_ptr<pg_result>> next_result();
    void prepare(const call& what);
    void send(const call& what);
    asio::awaitable<void> roll_back();
    [[noreturn]] void lose(const std::string& doing);

    connect_options options_;
    pg_conn* handle_ = nullptr;
    asio::posix::stream_descriptor socket_;
    std::set<const statement*> prepared_;
    std::string warning_;
    bool broken_ = false;
    bool in_doubt_ = false;
    std::weak_ptr<void> question_;  // lives while one is asked
};

}  // namespace reclaim::pg
