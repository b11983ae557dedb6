#include "common/async/on_hangup.hpp"

#include "common/log/logger.hpp"

#include <csignal>
#include <exception>

namespace reclaim::async {

on_hangup::on_hangup(boost::asio::any_io_executor executor, std::function<void()> reload)
    : signals_(std::move(executor), SIGHUP),
      reload_(std::move(reload))
{
    wait();
}

void on_hangup::wait()
{
    signals_.async_wait([this](boost::system::error_code failed, int) {
        if (failed)
            return;
        try {
            reload_();
            log::info("secrets_reloaded");
        } catch (const std::exception& e) {
            log::error("secrets_not_reloaded", {{"why", e.what()}, {"kept", "every secret as it was"}});
        }
        wait();
    });
}

}  // namespace reclaim::async
