// What must be right before the first request, and what ends with the last.
#include "tests/integration/receiver/fixture.hpp"

#include <filesystem>

using namespace reclaim::testing;

namespace {

std::string refusal_to_start(reclaim::receiver::receiver_config config)
{
    std::string why;
    reclaim::testing::run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        reclaim::receiver::receiver program(executor, std::move(config));
        try {
            co_await program.start();
        } catch (const reclaim::setup_error& e) {
            why = e.what();
        }
        if (why.empty())
            co_await program.stop();
    });
    return why;
}

void shift_clock(const test_database& db, const std::string& by)
{
    db.run("create or replace function reclaim.clock() returns timestamptz language sql stable as "
           "'select clock_timestamp() + interval ''" +
           by + "'''");
}

}  // namespace

TEST_CASE("a clock more than two seconds from the database's is a reason not to start")
{
    open_database db;
    for (const auto* by : {"10 minutes", "-3 seconds"}) {
        shift_clock(db, by);
        CHECK_THAT(refusal_to_start(db.config()), Catch::Contains("NTP"));
    }
    shift_clock(db, "1 second");
    CHECK(refusal_to_start(db.config()).empty());
}

TEST_CASE("a clock that goes wrong later makes 503, until it is right again")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        shift_clock(db, "61 seconds");
        const auto wrong = co_await until([&] { return program.send("msg_1", approval("apr_1")); }, 503);
        CHECK(wrong.status == 503);
        const auto not_ready = co_await program.ops("/readyz");
        CHECK(not_ready.at("/why").find("NTP") != std::string::npos);
        shift_clock(db, "0 seconds");
        const auto right = co_await until([&] { return program.send("msg_1", approval("apr_1")); }, 202);
        CHECK(right.status == 202);
    });
}

TEST_CASE("a database without the schema is not ready, and the fix is named")
{
    open_database db;
    db.run("delete from reclaim.migration");
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto old = co_await program.ops("/readyz");
        CHECK(old.status == 503);
        CHECK(old.at("/why").find("run reclaim-worker migrate") != std::string::npos);
    });
    db.run("drop schema reclaim cascade");
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        const auto none = co_await program.ops("/readyz");
        CHECK(none.status == 503);
        CHECK(none.at("/why").find("run reclaim-worker migrate") != std::string::npos);
        const auto got = co_await program.send("msg_1", approval("apr_1"));
        CHECK(got.status == 503);
    });
}

TEST_CASE("an address in use is named, and the other listener does not stay open")
{
    open_database db;
    with_receiver(db.config(), [&](running_receiver& program) -> asio::awaitable<void> {
        auto config = db.config();
        config.listener.port = program.port();
        auto executor = co_await asio::this_coro::executor;
        reclaim::receiver::receiver second(executor, std::move(config));
        std::string why;
        try {
            co_await second.start();
        } catch (const reclaim::setup_error& e) {
            why = e.what();
        }
        CHECK_THAT(why, Catch::Contains(std::to_string(program.port())));
    });
}

TEST_CASE("a stop finishes the request in progress")
{
    open_database db;
    reclaim::testing::run([&]() -> asio::awaitable<void> {
        auto executor = co_await asio::this_coro::executor;
        sql_session blocker(db.conninfo());
        blocker.run("begin; lock table reclaim.delivery in exclusive mode");
        running_receiver program(executor, db.config());
        co_await program.start();
        reclaim::async::task_group tasks(executor);
        answered got;
        auto send = [](running_receiver& to, answered& into) -> asio::awaitable<void> {
            into = co_await to.send("msg_1", approval("apr_1"));
        };
        tasks.spawn("sender", send(program, got));
        asio::steady_timer pause(executor);
        const auto end = steady::now() + 5s;
        while (db.number("select count(*) from pg_locks where not granted") == 0 && steady::now() < end) {
            pause.expires_after(5ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
        auto unblock = [](sql_session& session) -> asio::awaitable<void> {
            asio::steady_timer later(co_await asio::this_coro::executor, 100ms);
            co_await later.async_wait(asio::use_awaitable);
            session.run("commit");
        };
        tasks.spawn("unblock", unblock(blocker));
        const auto began = steady::now();
        co_await program.stop();
        CHECK(steady::now() - began < 4s);
        co_await tasks.drain(steady::now() + 5s);
        CHECK(got.status == 202);
        CHECK(db.number("select count(*) from reclaim.job") == 1);
    });
}

TEST_CASE("the listener speaks TLS when it has a certificate")
{
    open_database db;
    const auto folder = std::filesystem::temp_directory_path() / ("reclaim-tls-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto key = (folder / "key.pem").string();
    const auto certificate = (folder / "certificate.pem").string();
    const std::string make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
                             "subjectAltName=DNS:localhost -keyout '" +
                             key + "' -out '" + certificate + "' 2>/dev/null";
    REQUIRE(std::system(make.c_str()) == 0);
    auto config = db.config();
    config.listener.tls_certificate_file = certificate;
    config.listener.tls_key_file = key;
    with_receiver(std::move(config), [&](running_receiver& program) -> asio::awaitable<void> {
        reclaim::http::client client(co_await asio::this_coro::executor, {.ca_file = certificate});
        reclaim::http::origin to;
        to.host = "localhost";
        to.port = std::to_string(program.port());
        const auto got = co_await client.send(to, signed_request(secret_b, "approvals", "msg_1", approval("apr_1")),
                                              steady::now() + 5s);
        REQUIRE(got.has_value());
        CHECK(got->status == 202);
        client.close();
    });
    std::filesystem::remove_all(folder);
}
