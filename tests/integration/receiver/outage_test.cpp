// What senders see while the database is away, comes back, or goes in the middle of a commit.
#include "tests/integration/receiver/fixture.hpp"

using namespace reclaim::testing;
namespace pg = reclaim::pg;

namespace {

// The receiver reaches its database through a gate that the test can close.
void with_gate(const open_database& db, std::function<asio::awaitable<void>(running_receiver&, tcp_gate&)> body,
               bool open_at_start = true)
{
    reclaim::testing::run(
        [&]() -> asio::awaitable<void> {
            auto executor = co_await asio::this_coro::executor;
            tcp_gate gate(executor, db.port());
            if (!open_at_start)
                gate.close();
            auto config = config_for(db.conninfo_by_port(gate.port(), "reclaim_receiver"));
            config.accept = {};  // as it is used
            running_receiver program(executor, std::move(config));
            co_await program.start();
            std::exception_ptr failure;
            try {
                co_await body(program, gate);
            } catch (...) {
                failure = std::current_exception();
            }
            co_await program.stop();
            if (failure)
                std::rethrow_exception(failure);
        },
        std::chrono::seconds(30));
}

}  // namespace

TEST_CASE("without a database the answer is 503 in less than 250 ms, and 202 soon after it is back")
{
    open_database db;
    with_gate(db, [&](running_receiver& program, tcp_gate& gate) -> asio::awaitable<void> {
        const auto before = co_await program.send("msg_1", approval("apr_1"));
        CHECK(before.status == 202);
        gate.close();
        for (int i = 0; i < 20; ++i) {
            const auto during = co_await program.send("msg_2", approval("apr_2"));
            CHECK(during.status == 503);
            CHECK(during.took < 250ms);
            CHECK(reclaim::http::find(during.headers, "Retry-After").has_value());
        }
        const auto not_ready = co_await until([&] { return program.ops("/readyz"); }, 503);
        CHECK(not_ready.status == 503);
        const auto alive = co_await program.ops("/healthz");
        CHECK(alive.status == 200);
        gate.open();
        const auto back_at = steady::now();
        const auto after = co_await until([&] { return program.send("msg_2", approval("apr_2")); }, 202);
        CHECK(after.status == 202);
        CHECK(steady::now() - back_at < 1s);
        const auto ready = co_await until([&] { return program.ops("/readyz"); }, 200);
        INFO(ready.body);
        CHECK(ready.status == 200);
        CHECK(db.number("select count(*) from reclaim.job") == 2);
    });
}

TEST_CASE("a restart of the database between two requests is not noticed by the second for long")
{
    open_database db;
    with_gate(db, [&](running_receiver& program, tcp_gate&) -> asio::awaitable<void> {
        co_await program.send("msg_1", approval("apr_1"));
        db.cut_sessions();
        const auto back_at = steady::now();
        const auto after = co_await until([&] { return program.send("msg_2", approval("apr_2")); }, 202);
        CHECK(after.status == 202);
        CHECK(steady::now() - back_at < 1s);
    });
}

TEST_CASE("a receiver starts without a database and takes requests when there is one")
{
    open_database db;
    with_gate(
        db,
        [&](running_receiver& program, tcp_gate& gate) -> asio::awaitable<void> {
            const auto ready = co_await program.ops("/readyz");
            CHECK(ready.status == 503);
            CHECK(ready.at("/why").find("away") != std::string::npos);
            const auto during = co_await program.send("msg_1", approval("apr_1"));
            CHECK(during.status == 503);
            gate.open();
            const auto after = co_await until([&] { return program.send("msg_1", approval("apr_1")); }, 202);
            CHECK(after.status == 202);
            CHECK(after.at("/duplicate").empty());
        },
        false);
}

TEST_CASE("a COMMIT whose answer is lost is 503, and the sender's repeat learns that it is recorded")
{
    open_database db;
    with_gate(db, [&](running_receiver& program, tcp_gate& gate) -> asio::awaitable<void> {
        const auto warm = co_await program.send("msg_0", approval("apr_0"));
        CHECK(warm.status == 202);
        // Workers and watchers talk through the same gate: repeat until it was an answer to this commit that was lost.
        for (int i = 1; i <= 20; ++i) {
            const std::string n = std::to_string(i);
            gate.swallow_next_answer();
            const auto cut = co_await program.send("msg_" + n, approval("apr_" + n));
            const bool recorded =
                db.number("select count(*) from reclaim.approval where approval_ref = 'apr_" + n + "'") == 1;
            if (cut.status != 503 || !recorded)
                continue;
            const auto again = co_await until([&] { return program.send("msg_" + n, approval("apr_" + n)); }, 202);
            CHECK(again.status == 202);
            CHECK(again.at("/duplicate") == "true");
            CHECK(db.number("select count(*) from reclaim.job where id = " + again.at("/job_id")) == 1);
            co_return;
        }
        FAIL("no commit's answer was lost in twenty tries");
    });
}

TEST_CASE("a database that is read-only takes nothing and loses nothing")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        db.run("do $$ begin execute format('alter database %I set default_transaction_read_only = on', "
               "current_database()); end $$");
        db.cut_sessions();
        const auto during = co_await until([&] { return program.send("msg_1", approval("apr_1")); }, 503);
        CHECK(during.status == 503);
        sql_session admin(db.conninfo());
        admin.run("set default_transaction_read_only = off");
        admin.run(
            "do $$ begin execute format('alter database %I reset default_transaction_read_only', current_database()); "
            "end $$");
        const auto after = co_await until([&] { return program.send("msg_1", approval("apr_1")); }, 202);
        CHECK(after.status == 202);
        CHECK(after.at("/duplicate").empty());
    });
}

TEST_CASE("a deadlock or a serialization failure is repeated without the sender noticing")
{
    open_database db;
    db.run(R"(
        create sequence public.tries;
        grant usage on sequence public.tries to public;
        create function public.fail_once() returns trigger language plpgsql as $$
        begin
            if nextval('public.tries') = 1 then raise exception 'as if' using errcode = '40P01'; end if;
            return new;
        end $$;
        create trigger fail_once before insert on reclaim.approval for each row execute function public.fail_once())");
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto got = co_await program.send("msg_1", approval("apr_1"));
        CHECK(got.status == 202);
        CHECK(got.at("/duplicate").empty());
        CHECK(db.number("select last_value from public.tries") == 2);
    });
}
