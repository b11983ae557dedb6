#pragma once
// Tells idle workers that there is work, a moment after it was committed. On a connection of its own and at most once
// per few milliseconds: inside the writing transactions NOTIFY would put all commits in one line. Losing one costs a
// worker's polling interval, so a failure is only logged.
#include "common/async/wakeup.hpp"
#include "common/queue/approval_store.hpp"

namespace reclaim::receiver {

namespace asio = boost::asio;
using async::steady;

class job_notifier {
public:
    job_notifier(asio::any_io_executor executor, const pg::connect_options& database);

    void notify();  // remembered until sent
    asio::awaitable<void> run();
    void stop();  // run() ends after it has sent what was asked for

private:
    queue::approval_store store_;
    async::wakeup nudge_;
    bool wanted_ = false;
    bool stopping_ = false;
};

}  // namespace reclaim::receiver
