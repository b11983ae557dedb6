#include "worker/commands/commands.hpp"

#include "common/async/on_hangup.hpp"
#include "common/log/logger.hpp"
#include "worker/worker.hpp"

#include <boost/asio/signal_set.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace reclaim::worker::commands {
namespace {

// Credentials live in this process's memory: no core file, no debugger of the same user.
void keep_memory_private()
{
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

asio::awaitable<void> obey_signals(asio::signal_set& signals, worker_process& serving)
{
    co_await signals.async_wait(asio::use_awaitable);
    serving.stop();
    co_await signals.async_wait(asio::use_awaitable);
    log::warn("stopped_at_once", {{"why", "a second signal"}});
    _Exit(130);
}

}  // namespace

int run(const std::string& config_path)
{
    auto file = config::file::load(config_path);
    auto settings = read_config(file);
    log::start("reclaim-worker", settings.log_level);
    keep_memory_private();
    asio::io_context loop(1);
    worker_process serving(loop.get_executor(), std::move(settings));
    async::on_hangup hangup(loop.get_executor(), [&] {
        auto now = file.again();
        serving.use_secrets(read_config(now));
    });
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    asio::co_spawn(loop, obey_signals(signals, serving), [](std::exception_ptr) {});
    int code = 0;
    asio::co_spawn(loop, serving.run(), [&](std::exception_ptr failure) {
        signals.cancel();
        hangup.stop();
        if (!failure)
            return;
        code = 1;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& e) {
            log::error("worker_failed", {{"why", e.what()}});
        }
    });
    loop.run();
    return code;
}

}  // namespace reclaim::worker::commands
