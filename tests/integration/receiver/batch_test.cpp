// Many requests at once: shared commits, and no neighbour suffers for another.
#include "tests/integration/receiver/fixture.hpp"

using namespace reclaim::testing;

namespace {

// All of them in flight together; the answers in their order.
asio::awaitable<std::vector<answered>> send_together(running_receiver& program,
                                                     std::vector<std::pair<std::string, std::string>> webhooks)
{
    auto executor = co_await asio::this_coro::executor;
    std::vector<answered> answers(webhooks.size());
    reclaim::async::task_group senders(executor);
    for (std::size_t i = 0; i < webhooks.size(); ++i) {
        auto one = [](running_receiver& to, std::pair<std::string, std::string> what,
                      answered& into) -> asio::awaitable<void> { into = co_await to.send(what.first, what.second); };
        senders.spawn("sender", one(program, webhooks[i], answers[i]));
    }
    const bool all = co_await senders.drain(steady::now() + 15s);
    if (!all)
        throw std::runtime_error("not every request was answered");
    co_return answers;
}

long commits(const std::string& metrics)
{
    const std::string name = "\nreclaim_receiver_commits_total ";
    return std::stol(metrics.substr(metrics.find(name) + name.size()));
}

}  // namespace

TEST_CASE("64 requests at once share commits")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        std::vector<std::pair<std::string, std::string>> webhooks;
        for (int i = 0; i < 64; ++i)
            webhooks.emplace_back("msg_" + std::to_string(i), approval("apr_" + std::to_string(i)));
        const auto answers = co_await send_together(program, webhooks);
        for (const auto& each : answers)
            CHECK(each.status == 202);
        CHECK(db.number("select count(*) from reclaim.job") == 64);
        const auto metrics = co_await program.ops("/metrics");
        CHECK(commits(metrics.body) < 64);
        CHECK(commits(metrics.body) >= 1);
    });
}

TEST_CASE("one request alone is one commit")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        co_await program.send("msg_1", approval("apr_1"));
        const auto metrics = co_await program.ops("/metrics");
        CHECK(commits(metrics.body) == 1);
    });
}

TEST_CASE("64 copies of one webhook at once make one job, and 63 duplicates")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const std::vector<std::pair<std::string, std::string>> webhooks(64, {"msg_1", approval("apr_1")});
        const auto answers = co_await send_together(program, webhooks);
        int duplicates = 0;
        for (const auto& each : answers) {
            CHECK(each.status == 202);
            CHECK(each.at("/job_id") == answers[0].at("/job_id"));
            duplicates += each.at("/duplicate") == "true";
        }
        CHECK(duplicates == 63);
        CHECK(db.number("select count(*) from reclaim.job") == 1);
    });
}

TEST_CASE("a webhook that the database refuses does not fail its neighbours")
{
    open_database db;
    db.run("alter table reclaim.approval add constraint poison check (seat <> 'poison')");
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        std::vector<std::pair<std::string, std::string>> webhooks;
        for (int i = 0; i < 32; ++i)
            webhooks.emplace_back("msg_" + std::to_string(i),
                                  approval("apr_" + std::to_string(i), i == 20 ? "poison" : "seat"));
        const auto answers = co_await send_together(program, webhooks);
        for (std::size_t i = 0; i < answers.size(); ++i)
            CHECK(answers[i].status == (i == 20 ? 422 : 202));
        CHECK(db.number("select count(*) from reclaim.job") == 31);
        CHECK(db.number("select count(*) from reclaim.delivery where delivery_id = 'msg_20'") == 0);
    });
}

TEST_CASE("requests that no connection can take in time are told so at once")
{
    open_database db;
    auto config = db.config();
    config.accept.connections = 1;
    config.accept.waiting_max = 4;
    config.accept.wait_max = 200ms;
    sql_session blocker(db.conninfo());
    blocker.run("begin; lock table reclaim.delivery in exclusive mode");
    with_receiver(std::move(config), [&](running_receiver& program) -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        reclaim::async::task_group first(executor);
        answered blocked;
        auto send_first = [](running_receiver& to, answered& into) -> asio::awaitable<void> {
            into = co_await to.send("msg_0", approval("apr_0"));
        };
        first.spawn("sender", send_first(program, blocked));
        const auto waits_for_lock = "select count(*) from pg_locks where not granted";
        const auto end = steady::now() + 5s;
        asio::steady_timer pause(executor);
        while (db.number(waits_for_lock) == 0 && steady::now() < end) {
            pause.expires_after(5ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
        std::vector<std::pair<std::string, std::string>> more;
        for (int i = 1; i <= 12; ++i)
            more.emplace_back("msg_" + std::to_string(i), approval("apr_" + std::to_string(i)));
        const auto answers = co_await send_together(program, more);
        for (const auto& each : answers) {
            CHECK(each.status == 503);
            CHECK(each.took < 400ms);
        }
        blocker.run("commit");
        co_await first.drain(steady::now() + 10s);
        CHECK(blocked.status == 202);
    });
}
