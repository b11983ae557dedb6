#pragma once
// Group commit of a worker's records: whatever the jobs in flight want written while one transaction is on its way goes
// into the next one together. One job alone waits for nothing; a thousand share one commit. Every record carries its
// lease, and "nothing" as an answer means that the lease was lost and the job must be dropped.
#include "common/async/later.hpp"
#include "common/metrics/registry.hpp"
#include "common/pg/session.hpp"
#include "common/queue/job_store.hpp"

#include <memory>
#include <tuple>
#include <vector>

namespace reclaim::worker {

namespace asio = boost::asio;
using async::steady;

// What the lanes carry besides queue's records.
struct messages_request {
    queue::lease held;
};
struct freeze_request {
    queue::lease held;
    std::string message_id;
    std::string body;
};
struct throttle_request {
    std::string scope;
    std::optional<std::chrono::microseconds> wait;  // nothing: until a person opens it
    std::string why;
};

class committer {
public:
    committer(asio::any_io_executor executor, pg::connect_options database, std::string policy_json,
              std::chrono::microseconds wait_for_ticket, metrics::histogram batch_size);

    asio::awaitable<std::optional<queue::begin_verdict>> begin(queue::begin_request what);
    asio::awaitable<std::optional<queue::confirmation_due>> record(queue::ticket_opened what);
    asio::awaitable<bool> record(queue::removal what);
    asio::awaitable<bool> record(queue::confirmed what);
    // What became of the job: waiting, failed or held.
    asio::awaitable<std::optional<std::string>> record(queue::setback what);
    asio::awaitable<bool> record(queue::rehearsal what);
    asio::awaitable<bool> record(queue::message_setback what);
    asio::awaitable<bool> hand_back(queue::hand_back_request what);
    asio::awaitable<std::vector<queue::message>> messages(queue::lease held);
    // The bytes to send, committed as final; nothing when the lease was lost. body: of a ticket that waited for its
    // draft.
    asio::awaitable<std::optional<std::string>> freeze(queue::lease held, std::string message_id,
                                                       std::string body = "");
    asio::awaitable<bool> throttle(throttle_request what);

    // Until stop() and nothing is left to write. While the database is away, records wait as long as their leases last.
    asio::awaitable<void> run();
    void stop();
    bool up() const { return session_.up(); }

    template <class Request, class Answer>
    struct item {
        item(asio::any_io_executor executor, Request r) : what(std::move(r)), done(std::move(executor)) {}
        Request what;
        async::later<Answer> done;
    };
    template <class Request, class Answer>
    using lane = std::vector<std::shared_ptr<item<Request, Answer>>>;

    // In the order they are written: gates before jobs, as every SQL function locks them.
    using lanes =
        std::tuple<lane<throttle_request, bool>, lane<queue::begin_request, std::optional<queue::begin_verdict>>,
                   lane<queue::removal, bool>, lane<queue::ticket_opened, std::optional<queue::confirmation_due>>,
                   lane<queue::confirmed, bool>, lane<queue::setback, std::optional<std::string>>,
                   lane<queue::rehearsal, bool>, lane<queue::message_setback, bool>,
                   lane<queue::hand_back_request, bool>, lane<freeze_request, std::optional<std::string>>,
                   lane<messages_request, std::vector<queue::message>>>;

private:
    template <class Request, class Answer>
    asio::awaitable<Answer> put(Request what);
    asio::awaitable<void> write(lanes batch);
    asio::awaitable<void> write_once(const lanes& batch);

    asio::any_io_executor executor_;
    pg::session session_;
    std::string policy_json_;
    std::chrono::microseconds wait_for_ticket_;
    lanes waiting_;
    async::wakeup work_;
    bool stopping_ = false;
    metrics::histogram batch_size_;
};

}  // namespace reclaim::worker
