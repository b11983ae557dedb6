#pragma once
// Looks at the database once a second, on a connection of its own: is it there, has it our schema, and do our clocks
// agree. Signatures are judged by this machine's clock and everything else by the database's, so the two must not drift
// apart.
#include "common/async/wakeup.hpp"
#include "common/http/ops.hpp"
#include "common/queue/approval_store.hpp"
#include "receiver/receiver_metrics.hpp"

#include <functional>

namespace reclaim::receiver {

namespace asio = boost::asio;
using async::steady;

class database_watch {
public:
    database_watch(asio::any_io_executor executor, const pg::connect_options& database, receiver_metrics& metrics,
                   std::function<void()> on_lost);

    // One look. Throws setup_error when the database is there and its clock is more than 2 s away: better not to start.
    asio::awaitable<void> look_before_start();
    asio::awaitable<void> run();
    void stop();

    http::readiness readiness() const;
    // True when timestamps of signatures cannot be judged any more.
    bool clock_is_wrong() const;

private:
    asio::awaitable<void> look();
    void saw(const queue::database_state& state, std::chrono::system_clock::time_point asked,
             std::chrono::system_clock::time_point answered);
    void lost(std::string why);

    queue::approval_store store_;
    async::wakeup nudge_;
    receiver_metrics& metrics_;
    std::function<void()> on_lost_;
    std::string trouble_ = "the database has not answered yet";
    bool reachable_ = false;
    std::chrono::milliseconds clock_distance_{0};
    bool stopping_ = false;
};

}  // namespace reclaim::receiver
