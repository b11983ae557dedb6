#pragma once
// Group commit: requests that arrive while a transaction runs go together into the next one. A request alone waits for
// nobody; a thousand share one commit. Owns the connections that write; an answer is given only after its COMMIT.
#include "common/async/task_group.hpp"
#include "common/async/wakeup.hpp"
#include "common/base/error.hpp"
#include "common/queue/approval_store.hpp"
#include "receiver/receiver_metrics.hpp"

#include <functional>
#include <list>
#include <memory>

namespace reclaim::receiver {

namespace asio = boost::asio;
using async::steady;

struct accept_options {
    std::size_t connections = 2;  // one commits while the other collects
    std::size_t batch_max = 256;
    std::size_t waiting_max = 4096;
    std::chrono::milliseconds wait_max{
        200};  // for a connection to pick the request up: beyond it the sender does better to retry
    std::chrono::milliseconds deadline{5000};  // of the whole transaction, repeats included
};

struct not_accepted {
    // unavailable: nothing known to be recorded, the same request may succeed later. refused: its values never will.
    enum class kind { unavailable, refused } what = kind::unavailable;
    std::string why;
};

using accept_result = result<queue::accept_answer, not_accepted>;

class accept_batch {
public:
    accept_batch(asio::any_io_executor executor, const pg::connect_options& database, accept_options options,
                 receiver_metrics& metrics, std::function<void()> on_new_jobs);
    ~accept_batch();

    void start();
    // Records what was submitted, takes nothing more; at the deadline cuts off what is left.
    asio::awaitable<void> stop(steady::time_point deadline);

    asio::awaitable<accept_result> submit(queue::webhook what);

    // The database was seen to be away: connections that idle are stale, though nobody has told them yet.
    void drop_idle_connections();

private:
    struct waiter;
    struct lane;
    using waiters = std::vector<std::shared_ptr<waiter>>;
    enum class next { done, repeat, isolate };

    asio::awaitable<void> run(lane& self);
    asio::awaitable<bool> connect(lane& self);
    waiters take_batch();
    asio::awaitable<void> record(lane& self, waiters batch, steady::time_point deadline);
    asio::awaitable<next> try_once(lane& self, const waiters& batch, steady::time_point deadline);
    bool database_away() const;
    void note_waiting();

    asio::any_io_executor executor_;
    accept_options options_;
    receiver_metrics& metrics_;
    std::function<void()> on_new_jobs_;
    std::list<std::shared_ptr<waiter>> waiting_;
    std::vector<std::unique_ptr<lane>> lanes_;
    std::vector<lane*> idle_;
    async::task_group tasks_;
    bool stopping_ = false;
};

}  // namespace reclaim::receiver
