#include "worker/worker.hpp"

#include "common/crypto/digest.hpp"
#include "common/log/logger.hpp"

namespace reclaim::worker {
namespace {

using namespace std::chrono_literals;

http::server_options ops_options(const options& from)
{
    http::server_options out;
    out.address = from.ops_address;
    out.port = from.ops_port;
    out.connections_max = 32;
    return out;
}

}  // namespace

worker_process::worker_process(asio::any_io_executor executor, options settings)
    : executor_(executor),
      settings_(std::move(settings)),
      id_(*pg::parse_uuid(crypto::uuid_v4())),
      counts_(registry_),
      turns_(executor, settings_.database,
             {.woken = [this] { claimer_.nudge(); },
              .heard = [this](const std::string& connector, bool well,
                              const std::string& why) { breaker_.heard(connector, well, why); }}),
      outside_(executor, settings_, std::identity(),
               [this](const std::string& name, const connectors::call_limits& limits) -> connectors::turnstile& {
                   return turns_.at(name, limits);
               }),
      committer_(executor, settings_.database, settings_.policy_json, settings_.wait_for_ticket, counts_.batch_size),
      shared_{settings_, committer_, closed_gates_, outside_, counts_},
      attempts_(executor),
      claiming_(executor),
      services_(executor),
      last_services_(executor),
      breaker_(executor, shared_),
      keeper_(executor, shared_, book_, attempts_, id_,
              {.work = [this](auto when) { claimer_.look_at(when); },
               .news =
                   [this](const auto& of_connectors) {
                       breaker_.look(of_connectors);
                       turns_.look(of_connectors);
                   }}),
      claimer_(executor, shared_, book_, attempts_, id_),
      looker_(executor, shared_),
      listener_(executor, settings_.database, id_,
                {.jobs = [this] { claimer_.nudge(); },
                 .gates = [this] { keeper_.nudge(); },
                 .lost = [this] { keeper_.doubt(); },
                 .registered = [this] { keeper_.trust(); }}),
      ops_(executor, ops_options(settings_), http::ops_handler(registry_, [this] { return ready(); })),
      stopped_(executor)
{}

worker_process::~worker_process() = default;

http::readiness worker_process::ready() const
{
    if (!claimer_.up() || !keeper_.up())
        return {false, "the database does not answer"};
    return {true, ""};
}

asio::awaitable<void> worker_process::run()
{
    ops_.start();
    log::info("worker_started", {{"worker", pg::to_string(id_)},
                                 {"ops_port", static_cast<int>(ops_.port())},
                                 {"in_flight_max", settings_.in_flight_max}});
    services_.spawn("listener", listener_.run());
    services_.spawn("looker", looker_.run());
    services_.spawn("breaker", breaker_.run());
    claiming_.spawn("claimer", claimer_.run());
    last_services_.spawn("keeper", keeper_.run());
    last_services_.spawn("committer", committer_.run());
    last_services_.spawn("turns", turns_.run());
    while (!co_await stopped_.wait_until(steady::now() + 1s))
        counts_.in_flight.set(static_cast<double>(book_.size()));
    co_await shut_down();
}

asio::awaitable<void> worker_process::shut_down()
{
    log::info("worker_stopping", {{"jobs", book_.size()}});
    claimer_.stop();                                                              // 1 take nothing new
    const bool idle = co_await attempts_.drain(steady::now() + settings_.grace);  // 2 let running attempts finish
    if (!idle) {
        attempts_.cancel();  // 3 end the rest at their next await
        co_await attempts_.drain(steady::now() + 500ms);
    }
    // What a claim on its way brings is not begun, but it is ours to give back.
    if (!co_await claiming_.drain(steady::now() + 500ms)) {
        claiming_.cancel();
        co_await claiming_.drain(steady::now() + 500ms);
    }
    co_await hand_back_the_rest();  // 4 nobody waits for a lease to run out
    listener_.stop();
    looker_.stop();
    breaker_.stop();
    co_await services_.drain(steady::now() + 500ms);
    services_.cancel();
    co_await services_.drain(steady::now() + 500ms);
    keeper_.stop();
    committer_.stop();  // 5 write what is still to be written
    turns_.stop();
    if (!co_await last_services_.drain(steady::now() + 1s)) {
        last_services_.cancel();
        co_await last_services_.drain(steady::now() + 500ms);
    }
    std::string why;
    try {
        co_await keeper_.sign_off();
    } catch (const std::exception& e) {
        why = e.what();
    }
    if (!why.empty())
        log::warn("sign_off_failed", {{"why", why}});
    outside_.close();
    co_await ops_.stop(steady::now() + 100ms);
    log::info("worker_stopped", {{"jobs_left", book_.size()}});
}

asio::awaitable<void> worker_process::hand_back_the_rest()
{
    async::task_group returning(executor_);
    for (const auto& entry : book_.all()) {
        auto one = [](committer& records, lease_book& book, std::shared_ptr<held_job> held) -> asio::awaitable<void> {
            queue::hand_back_request back{held->job.held, std::chrono::microseconds(0), ""};
            co_await records.hand_back(std::move(back));
            book.strike(*held);
        };
        returning.spawn("hand back", one(committer_, book_, entry));
    }
    if (!co_await returning.drain(steady::now() + 1s)) {
        returning.cancel();
        co_await returning.drain(steady::now() + 500ms);
    }
}

}  // namespace reclaim::worker
