#pragma once
// One worker process: builds its parts, knows in which order they start and stop. One thread, one event loop.
#include "common/http/ops.hpp"
#include "common/http/server.hpp"
#include "worker/breaker.hpp"
#include "worker/claimer.hpp"
#include "worker/lease_keeper.hpp"
#include "worker/listener.hpp"
#include "worker/looker.hpp"
#include "worker/turns.hpp"

namespace reclaim::worker {

class worker_process {
public:
    // Throws setup_error when a recipe, template, endpoint or certificate is wrong.
    worker_process(asio::any_io_executor executor, options settings);
    ~worker_process();

    // Until stop(); then takes nothing new, lets running attempts finish within the grace, hands the rest back
    // uncharged.
    asio::awaitable<void> run();
    void stop() { stopped_.notify(); }
    // See vendors::use_secrets().
    void use_secrets(const options& fresh) { outside_.use_secrets(fresh); }

private:
    asio::awaitable<void> shut_down();
    asio::awaitable<void> hand_back_the_rest();
    http::readiness ready() const;

    asio::any_io_executor executor_;
    options settings_;
    pg::uuid id_;
    metrics::registry registry_;
    meters counts_;
    turns turns_;
    vendors outside_;
    gates closed_gates_;
    lease_book book_;
    committer committer_;
    workshop shared_;
    async::task_group attempts_;
    async::task_group claiming_;
    async::task_group services_;
    async::task_group last_services_;
    breaker breaker_;
    lease_keeper keeper_;
    claimer claimer_;
    looker looker_;
    listener listener_;
    http::server ops_;
    async::wakeup stopped_;
};

}  // namespace reclaim::worker
