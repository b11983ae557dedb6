#include "worker/listener.hpp"

#include "common/log/logger.hpp"
#include "common/queue/job_store.hpp"

#include <unistd.h>
#include <utility>

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;

std::string host_name()
{
    char name[256] = {};
    return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace

listener::listener(asio::any_io_executor executor, pg::connect_options database, pg::uuid worker, events on)
    : worker_(worker),
      pooled_(database.pooled),
      session_(executor, std::move(database)),
      on_(std::move(on))
{}

asio::awaitable<void> listener::register_and_listen()
{
    std::vector<pg::call> calls;
    calls.push_back(queue::register_worker(worker_, host_name(), getpid(), !pooled_));
    co_await session_.transact(std::move(calls), steady::now() + 5s);
    registered_ = true;
    if (pooled_)
        co_return;
    on_.registered();
    auto* const open = co_await session_.ready(steady::now() + 5s);
    co_await open->listen("reclaim_job", steady::now() + 5s);
    co_await open->listen("reclaim_gate", steady::now() + 5s);
    // What was announced before we listened is found by looking.
    on_.jobs();
    on_.gates();
}

void listener::forget()
{
    if (std::exchange(registered_, false) && !pooled_)
        on_.lost();
}

asio::awaitable<void> listener::run()
{
    auto executor = co_await asio::this_coro::executor;
    while (!stopping_) {
        std::string why;
        try {
            if (!pooled_ && !session_.up())
                forget();
            if (!registered_)
                co_await register_and_listen();
            if (!pooled_) {
                auto* const open = co_await session_.ready(steady::now() + 1s);
                for (const auto& channel : co_await open->notifications(steady::now() + 200ms))
                    channel == "reclaim_gate" ? on_.gates() : on_.jobs();
                continue;
            }
        } catch (const std::exception& e) {
            why = e.what();
            forget();
        }
        if (!why.empty())
            log::warn("listener_down", {{"why", why}});
        asio::steady_timer pause(executor, std::max(session_.next_attempt(), steady::now() + 200ms));
        co_await pause.async_wait(asio::use_awaitable);
    }
    session_.close();
}

}  // namespace reclaim::worker
