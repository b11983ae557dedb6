#include "worker/committer.hpp"

#include "common/log/logger.hpp"
#include "worker/committer_batch.hpp"

namespace reclaim::worker {
namespace {

constexpr std::chrono::seconds answer_time{5};
constexpr int repeats_max = 5;

}  // namespace

committer::committer(asio::any_io_executor executor, pg::connect_options database, std::string policy_json,
                     std::chrono::microseconds wait_for_ticket, metrics::histogram batch_size)
    : executor_(executor),
      session_(executor, std::move(database)),
      policy_json_(std::move(policy_json)),
      wait_for_ticket_(wait_for_ticket),
      work_(executor),
      batch_size_(batch_size)
{}

template <class Request, class Answer>
asio::awaitable<Answer> committer::put(Request what)
{
    auto mine = std::make_shared<item<Request, Answer>>(executor_, std::move(what));
    std::get<lane<Request, Answer>>(waiting_).push_back(mine);
    work_.notify();
    co_return co_await mine->done.wait();
}

asio::awaitable<std::optional<queue::begin_verdict>> committer::begin(queue::begin_request what)
{
    return put<queue::begin_request, std::optional<queue::begin_verdict>>(std::move(what));
}
asio::awaitable<std::optional<queue::confirmation_due>> committer::record(queue::ticket_opened what)
{
    return put<queue::ticket_opened, std::optional<queue::confirmation_due>>(std::move(what));
}
asio::awaitable<bool> committer::record(queue::removal what)
{
    return put<queue::removal, bool>(std::move(what));
}
asio::awaitable<bool> committer::record(queue::confirmed what)
{
    return put<queue::confirmed, bool>(std::move(what));
}
asio::awaitable<std::optional<std::string>> committer::record(queue::setback what)
{
    return put<queue::setback, std::optional<std::string>>(std::move(what));
}
asio::awaitable<bool> committer::record(queue::rehearsal what)
{
    return put<queue::rehearsal, bool>(std::move(what));
}
asio::awaitable<bool> committer::record(queue::message_setback what)
{
    return put<queue::message_setback, bool>(std::move(what));
}
asio::awaitable<bool> committer::hand_back(queue::hand_back_request what)
{
    return put<queue::hand_back_request, bool>(std::move(what));
}
asio::awaitable<std::vector<queue::message>> committer::messages(queue::lease held)
{
    return put<messages_request, std::vector<queue::message>>(messages_request{held});
}
asio::awaitable<std::optional<std::string>> committer::freeze(queue::lease held, std::string message_id,
                                                              std::string body)
{
    return put<freeze_request, std::optional<std::string>>(
        freeze_request{held, std::move(message_id), std::move(body)});
}
asio::awaitable<bool> committer::throttle(throttle_request what)
{
    return put<throttle_request, bool>(std::move(what));
}

void committer::stop()
{
    stopping_ = true;
    work_.notify();
}

asio::awaitable<void> committer::run()
{
    for (;;) {
        if (size_of(waiting_) == 0) {
            if (stopping_)
                break;
            co_await work_.wait_until(steady::now() + std::chrono::seconds(1));
            continue;
        }
        co_await write(std::exchange(waiting_, {}));
    }
    session_.close();
}

asio::awaitable<void> committer::write(lanes batch)
{
    // A lone throttle has no lease; it is worth one try.
    const auto give_up = std::max(last_lease(batch), steady::now() + std::chrono::seconds(1));
    for (int tries = 1;; ++tries) {
        std::exception_ptr failure;
        bool repeat_now = false;
        bool about_one_record = false;
        try {
            co_await write_once(batch);
            co_return;
        } catch (const pg::error& e) {
            failure = std::current_exception();
            repeat_now = e.worth_repeating() && tries < repeats_max;
            about_one_record = !repeat_now;
            if (about_one_record)
                log::error("record_refused", {{"statement", e.statement}, {"sqlstate", e.sqlstate}, {"why", e.what()}});
        } catch (const std::exception& e) {
            // The connection went, perhaps inside COMMIT. Writing the same again is safe: what was committed has moved
            // its job on, and then this batch finds nothing to do and its holders drop their jobs.
            failure = std::current_exception();
            log::warn("records_delayed", {{"why", e.what()}, {"records", size_of(batch)}});
        }
        if (repeat_now)
            continue;
        if (about_one_record) {
            if (size_of(batch) == 1) {
                fail_all(batch, failure);
                co_return;
            }
            for (auto& alone : split(batch))
                co_await write(std::move(alone));
            co_return;
        }
        if (steady::now() >= give_up) {
            lose_all(batch);
            co_return;
        }
        asio::steady_timer pause(executor_,
                                 std::max(session_.next_attempt(), steady::now() + std::chrono::milliseconds(5)));
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> committer::write_once(const lanes& batch)
{
    auto prepared = prepare(batch, policy_json_, wait_for_ticket_);
    const auto answers = co_await session_.transact(std::move(prepared.calls), steady::now() + answer_time);
    for (std::size_t i = 0; i < answers.size(); ++i)
        prepared.readers[i](answers[i]);
    batch_size_.observe(static_cast<double>(size_of(batch)));
}

}  // namespace reclaim::worker
