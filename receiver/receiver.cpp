#include "receiver/receiver.hpp"

#include "receiver/database_watch.hpp"
#include "receiver/job_notifier.hpp"
#include "receiver/routes.hpp"

namespace reclaim::receiver {

namespace {

// Together below the 5 s after which a supervisor may lose its patience.
constexpr std::chrono::milliseconds requests_time{3500};
constexpr std::chrono::milliseconds flush_time{500};
constexpr std::chrono::milliseconds rest_time{300};

}  // namespace

struct receiver::impl {
    impl(asio::any_io_executor with, receiver_config config);

    asio::any_io_executor executor;
    std::vector<source> sources;
    bool notify;
    metrics::registry registry;
    receiver_metrics metrics;
    job_notifier notifier;
    accept_batch accept;
    database_watch watch;
    status_reader reader;
    webhook_endpoint webhooks;
    status_endpoint statuses;
    http::server outward;
    http::server ops;
    async::task_group tasks;
};

receiver::impl::impl(asio::any_io_executor with, receiver_config config)
    : executor(with),
      sources(std::move(config.sources)),
      notify(config.notify),
      metrics(registry),
      notifier(with, config.database),
      accept(with, config.database, config.accept, metrics,
             [this] {
                 if (notify)
                     notifier.notify();
             }),
      watch(with, config.database, metrics, [this] { accept.drop_idle_connections(); }),
      reader(with, config.database),
      webhooks(sources, config.public_url,
               {.record = [this](queue::webhook what) { return accept.submit(std::move(what)); },
                .clock_is_wrong = [this] { return watch.clock_is_wrong(); },
                .now = [] { return std::chrono::system_clock::now(); }},
               metrics),
      statuses(sources, reader),
      outward(with, config.listener, make_routes(webhooks, statuses)),
      ops(with, config.ops, http::ops_handler(registry, [this] { return watch.readiness(); })),
      tasks(with)
{}

receiver::receiver(asio::any_io_executor executor, receiver_config config)
    : impl_(std::make_unique<impl>(std::move(executor), std::move(config)))
{}

receiver::~receiver() = default;

asio::awaitable<void> receiver::start()
{
    auto& parts = *impl_;
    co_await parts.watch.look_before_start();
    std::exception_ptr failure;
    try {
        parts.ops.start();
        parts.outward.start();
    } catch (const setup_error&) {
        failure = std::current_exception();
    }
    if (failure) {
        co_await stop();  // of two listeners one may be up
        std::rethrow_exception(failure);
    }
    parts.accept.start();
    parts.tasks.spawn("job notifier", parts.notifier.run());
    parts.tasks.spawn("database watch", parts.watch.run());
    log::info("receiver_started", {{"port", port()}, {"ops_port", ops_port()}});
}

asio::awaitable<void> receiver::stop()
{
    auto& parts = *impl_;
    log::info("receiver_stopping");
    co_await parts.outward.stop(steady::now() + requests_time);
    co_await parts.accept.stop(steady::now() + flush_time);
    parts.notifier.stop();  // after the last commit, so that its jobs are announced too
    parts.watch.stop();
    if (!co_await parts.tasks.drain(steady::now() + rest_time)) {
        parts.tasks.cancel();
        co_await parts.tasks.drain(steady::now() + rest_time);
    }
    co_await parts.ops.stop(steady::now());
}

void receiver::use_secrets(receiver_config fresh)
{
    // In place: a request that waits for its commit still knows its source by address.
    auto& sources = impl_->sources;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        sources[i].scheme = std::move(fresh.sources[i].scheme);
        sources[i].status_token = std::move(fresh.sources[i].status_token);
    }
    impl_->statuses.read_tokens(sources);
}

std::uint16_t receiver::port() const
{
    return impl_->outward.port();
}

std::uint16_t receiver::ops_port() const
{
    return impl_->ops.port();
}

}  // namespace reclaim::receiver
