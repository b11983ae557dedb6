#include "common/base/error.hpp"
#include "common/log/logger.hpp"
#include "worker/commands/commands.hpp"
#include "worker/sealer.hpp"

#include <boost/asio/signal_set.hpp>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

namespace reclaim::worker::commands {
namespace {

asio::awaitable<void> obey_signals(asio::signal_set& signals, sealer& serving)
{
    co_await signals.async_wait(asio::use_awaitable);
    serving.stop();
}

}  // namespace

int new_key(const std::string& path, const std::string& origin)
{
    const auto text = evidence::signing_key::generate(origin);
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    const auto written = file < 0 ? -1 : write(file, text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || close(file) != 0)
        throw setup_error("cannot write " + path + ": it must not exist yet, in a folder that does");
    std::cout << evidence::signing_key::parse(secret(text)).verifier().text() << '\n';
    return 0;
}

int seal(const std::string& config_path)
{
    const auto settings = read_seal_config(config_path);
    log::start("reclaim-worker", log::level::info);
    asio::io_context loop(1);
    sealer serving(loop.get_executor(), settings);
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    asio::co_spawn(loop, obey_signals(signals, serving), [](std::exception_ptr) {});
    std::exception_ptr failure;
    asio::co_spawn(loop, serving.run(), [&](std::exception_ptr e) {
        failure = e;
        signals.cancel();
    });
    loop.run();
    if (failure)
        std::rethrow_exception(failure);
    return 0;
}

}  // namespace reclaim::worker::commands
