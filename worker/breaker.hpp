#pragma once
// The circuit breakers of this worker's connectors. It counts calls that failed in a row and tells the database, which
// closes the gate for all workers (sql/functions/limit/report_trouble.sql); while all is well it says nothing. When the
// pause of such a gate is over, one worker of all sends the call that proves the connection, and its answer decides.
// What a job concludes from its own call is not its business.
#include "common/async/task_group.hpp"
#include "common/async/wakeup.hpp"
#include "common/pg/session.hpp"
#include "common/queue/limit_store.hpp"
#include "worker/trouble.hpp"
#include "worker/workshop.hpp"

#include <map>

namespace reclaim::worker {

class breaker {
public:
    breaker(asio::any_io_executor executor, workshop& shared);

    // How a call about a seat went: not well without an answer, or with one of 5xx.
    void heard(const std::string& connector, bool well, const std::string& why);
    // The gates and what the database knows of connectors have been read anew.
    void look(const std::vector<queue::connector_news>& news);

    asio::awaitable<void> run();
    void stop();

private:
    // Everything that asks the database is one coroutine, because a session answers one question at a time.
    asio::awaitable<void> ask_around();
    asio::awaitable<void> report(const std::string& connector, trouble& of);
    asio::awaitable<bool> claim(const std::string& connector);
    asio::awaitable<void> settle();

    asio::awaitable<void> probe(std::string connector);

    struct probed {
        std::string connector;
        std::optional<connectors::outcome> got;  // nothing: well
    };

    workshop& shared_;
    pg::session session_;
    async::task_group probes_;
    async::wakeup work_;
    std::map<std::string, trouble, std::less<>> troubles_;
    std::vector<probed> answers_;  // to be told
    bool stopping_ = false;
};

}  // namespace reclaim::worker
