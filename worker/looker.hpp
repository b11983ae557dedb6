#pragma once
// Proof that what was removed is still gone: looks at removed seats again when their schedule says so, a few at once,
// and only while no removal waits for this worker. Looks change nothing at the vendor. They pass the same gates and
// take their turn among the vendor's requests in flight like removals do.
#include "common/async/task_group.hpp"
#include "common/async/wakeup.hpp"
#include "common/pg/session.hpp"
#include "common/queue/look_store.hpp"
#include "worker/workshop.hpp"

namespace reclaim::worker {

class looker {
public:
    looker(asio::any_io_executor executor, workshop& shared);

    // Until stop(). A look it ends half way is another worker's when its lease is over.
    asio::awaitable<void> run();
    void stop();

private:
    // Whether there may be more that are due.
    asio::awaitable<bool> look_at_some();
    asio::awaitable<void> look(queue::claimed_look at, std::shared_ptr<std::vector<queue::look_seen>> seen);

    workshop& shared_;
    std::vector<std::pair<std::string, std::string>> apps_;  // each with its connector
    pg::session session_;
    async::task_group looks_;
    async::wakeup stopped_;
    bool stopping_ = false;
};

}  // namespace reclaim::worker
