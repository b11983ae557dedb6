// reclaim-receiver: takes signed webhooks and records them. Exit code 0 after a signal, 2 when the command line, the
// configuration or the machine must be mended by a person, 1 for anything else.
#include "common/async/on_hangup.hpp"
#include "common/base/error.hpp"
#include "receiver/receiver.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>

namespace {

namespace asio = boost::asio;
using reclaim::receiver::receiver;

constexpr int exit_mend = 2;

asio::awaitable<void> run_until_signal(receiver& program, asio::signal_set& signals)
{
    co_await program.start();
    co_await signals.async_wait(asio::use_awaitable);
    // Whoever asks twice does not want to wait. Nothing acknowledged is lost: it is committed.
    signals.async_wait([](boost::system::error_code failed, int) {
        if (!failed)
            std::_Exit(EXIT_FAILURE);
    });
    co_await program.stop();
    signals.cancel();
}

int run(const std::string& config_path)
{
    auto file = reclaim::config::file::load(config_path);
    auto config = reclaim::receiver::read_config(file);
    reclaim::log::start("reclaim-receiver", config.log_level);

    asio::io_context loop(1);
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    receiver program(loop.get_executor(), std::move(config));
    reclaim::async::on_hangup hangup(loop.get_executor(), [&] {
        auto now = file.again();
        program.use_secrets(reclaim::receiver::read_config(now));
    });
    std::exception_ptr failure;
    asio::co_spawn(loop, run_until_signal(program, signals), [&](std::exception_ptr e) {
        failure = e;
        hangup.stop();
    });
    loop.run();
    if (failure)
        std::rethrow_exception(failure);
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Takes signed webhooks about seat removals and records them in PostgreSQL.", "reclaim-receiver");
    std::string config_path;
    app.add_option("--config", config_path, "the configuration file (TOML)")->required();
    app.set_version_flag("--version", RECLAIM_VERSION);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? EXIT_SUCCESS : exit_mend;
    }
    try {
        return run(config_path);
    } catch (const reclaim::setup_error& e) {
        std::cerr << e.what() << '\n';
        return exit_mend;
    } catch (const std::exception& e) {
        std::cerr << "reclaim-receiver: " << e.what() << '\n';
        return EXIT_FAILURE;
    }
}
