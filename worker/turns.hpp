#pragma once
// Whose turn it is at connectors with a limit. Everything in this process that waits for one connector asks the
// database in one statement, for all workers together (sql/functions/limit/take_permits.sql says how it is reckoned);
// connectors without a limit cost nothing. Jobs that may not begin yet go back into the queue and are woken from here.
#include "common/async/later.hpp"
#include "common/pg/session.hpp"
#include "common/queue/limit_store.hpp"
#include "worker/connectors/turnstile.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace reclaim::worker {

namespace asio = boost::asio;
using async::steady;

class turns {
public:
    struct hooks {
        std::function<void()> woken;  // there are jobs to claim
        std::function<void(const std::string& connector, bool well, const std::string& why)> heard;
    };
    turns(asio::any_io_executor executor, pg::connect_options database, hooks on);
    ~turns();

    // Lives as long as this does. Ask once for each connector.
    connectors::turnstile& at(const std::string& connector, const connectors::call_limits& limits);

    // What the database says of connectors: which ones another worker has found to have little left.
    void look(const std::vector<queue::connector_news>& news);

    // Until stop() and the places of all calls that have ended are given back.
    asio::awaitable<void> run();
    void stop();

private:
    class line;
    struct want;

    asio::awaitable<void> ask(line& at);
    asio::awaitable<void> tell(line& at, connectors::slowdown slow);

    asio::any_io_executor executor_;
    pg::session session_;
    hooks on_;
    std::map<std::string, std::unique_ptr<line>> lines_;
    std::shared_ptr<async::wakeup> work_;  // passes that outlive us must not wake us
    bool stopping_ = false;
};

}  // namespace reclaim::worker
