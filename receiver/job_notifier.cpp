#include "receiver/job_notifier.hpp"

#include "common/log/logger.hpp"

#include <utility>

namespace reclaim::receiver {

namespace {

constexpr std::chrono::milliseconds pause{3};
constexpr std::chrono::seconds send_time{1};
constexpr std::chrono::hours idle_time{1};

}  // namespace

job_notifier::job_notifier(asio::any_io_executor executor, const pg::connect_options& database)
    : store_(executor, database),
      nudge_(executor)
{}

void job_notifier::notify()
{
    wanted_ = true;
    nudge_.notify();
}

void job_notifier::stop()
{
    stopping_ = true;
    nudge_.notify();
}

asio::awaitable<void> job_notifier::run()
{
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer rest(executor);
    for (;;) {
        if (!wanted_) {
            if (stopping_)
                co_return;
            co_await nudge_.wait_until(steady::now() + idle_time);
            continue;
        }
        wanted_ = false;
        try {
            co_await store_.announce_jobs(steady::now() + send_time);
        } catch (const std::exception& e) {
            log::debug("job_not_announced", {{"why", e.what()}});
        }
        rest.expires_after(pause);
        co_await rest.async_wait(asio::use_awaitable);
    }
}

}  // namespace reclaim::receiver
