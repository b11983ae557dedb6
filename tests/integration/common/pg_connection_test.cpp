#include "common/async/later.hpp"
#include "common/pg/connection.hpp"
#include "common/pg/session.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/support/test_database.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace reclaim;
namespace asio = boost::asio;
using namespace std::chrono_literals;
using async::steady;

namespace {

constexpr pg::statement add_row{"add_row", "insert into t (v) values ($1) returning v"};
constexpr pg::statement count_rows{"count_rows", "select count(*) from t"};
constexpr pg::statement fail{"fail", "select 1 / $1"};
constexpr pg::statement warn{"warn", "select warns()"};
constexpr pg::statement sleep_long{"sleep_long", "select 1 from pg_sleep(60)"};  // the stall IS the fault
constexpr pg::statement prepared{"prepared", "select count(*) from pg_prepared_statements"};
constexpr pg::statement my_pid{"my_pid", "select pg_backend_pid()"};

struct prepared_database {
    prepared_database()
    {
        testing::sql_session admin(base.conninfo());
        admin.run("create table t (v text); create function warns() returns int language plpgsql as "
                  "$$ begin raise warning 'the standby did not confirm'; return 1; end $$;");
    }
    testing::test_database base;
    pg::connect_options options() const { return {base.conninfo(), "pg test", false}; }
};

pg::call insert(std::string_view value)
{
    pg::params with;
    with.add(value);
    return {&add_row, std::move(with)};
}

steady::time_point soon()
{
    return steady::now() + 5s;
}

}  // namespace

TEST_CASE("a second question while the first is not answered is refused, and does not disturb it")
{
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        auto db = co_await pg::connection::open(here.options(), soon());
        const auto executor = co_await asio::this_coro::executor;
        async::later<std::int64_t> first(executor);
        asio::co_spawn(
            executor,
            [&]() -> asio::awaitable<void> {
                const auto answer = co_await db->query(count_rows, {}, soon());
                first.set(answer.integer(0, 0));
            },
            asio::detached);
        std::string second;
        try {
            co_await db->query(my_pid, {}, soon());
        } catch (const std::logic_error& e) {
            second = e.what();
        }
        CHECK(second == "two questions at once on one database connection");
        CHECK(co_await first.wait() == 0);
    });
}

TEST_CASE("a transaction is committed as a whole, in one round trip, and its answers come in order")
{
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        auto db = co_await pg::connection::open(here.options(), soon());
        std::vector<pg::call> calls{insert("a"), insert("b"), {&count_rows, {}}};
        const auto answers = co_await db->transact(calls, soon());
        REQUIRE(answers.size() == 3);
        CHECK(answers[1].text(0, 0) == "b");
        CHECK(answers[2].integer(0, 0) == 2);
    });
}

TEST_CASE(
    "a failing statement takes its whole transaction with it, says its SQLSTATE, and leaves the connection usable")
{
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        auto db = co_await pg::connection::open(here.options(), soon());
        pg::params zero;
        zero.add(0);
        std::vector<pg::call> calls{insert("lost"), {&fail, zero}};
        std::string sqlstate;
        try {
            co_await db->transact(calls, soon());
        } catch (const pg::error& e) {
            sqlstate = e.sqlstate;
            CHECK(e.statement == "fail");
        }
        CHECK(sqlstate == "22012");
        CHECK_FALSE(db->broken());
        const auto left = co_await db->query(count_rows, {}, soon());
        CHECK(left.integer(0, 0) == 0);
        std::vector<pg::call> again{insert("kept")};
        co_await db->transact(again, soon());
        const auto now = co_await db->query(count_rows, {}, soon());
        CHECK(now.integer(0, 0) == 1);
    });
}

TEST_CASE("a commit that comes with a warning is not believed")
{
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        auto db = co_await pg::connection::open(here.options(), soon());
        std::vector<pg::call> calls{{&warn, {}}};
        bool doubted = false;
        try {
            co_await db->transact(calls, soon());
        } catch (const pg::commit_in_doubt& e) {
            doubted = std::string(e.what()).find("standby") != std::string::npos;
        }
        CHECK(doubted);
        CHECK(db->broken());
    });
}

TEST_CASE("a commit whose answer does not come in time is in doubt, and the connection is not used again")
{
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        auto db = co_await pg::connection::open(here.options(), soon());
        std::vector<pg::call> calls{{&sleep_long, {}}};
        bool doubted = false;
        try {
            co_await db->transact(calls, steady::now() + 50ms);
        } catch (const pg::commit_in_doubt&) {
            doubted = true;
        }
        CHECK(doubted);
        CHECK(db->broken());
    });
}

TEST_CASE("a killed backend breaks the connection, and a session opens a new one by itself")
{
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        pg::session db(co_await asio::this_coro::executor, here.options());
        const auto first = co_await db.query(my_pid, {}, soon());
        testing::sql_session(here.base.conninfo())
            .run("select pg_terminate_backend(" + std::to_string(first.integer(0, 0)) + ")");
        bool lost = false;
        try {
            std::vector<pg::call> calls{insert("x")};
            co_await db.transact(calls, soon());
        } catch (const std::runtime_error&) {
            lost = true;
        }
        CHECK(lost);
        const auto second = co_await db.query(my_pid, {}, soon());
        CHECK(second.integer(0, 0) != first.integer(0, 0));
    });
}

TEST_CASE("while the server is away a session fails at once instead of queueing")
{
    testing::run([]() -> asio::awaitable<void> {
        pg::session db(co_await asio::this_coro::executor, {"host=127.0.0.1 port=1 dbname=x", "pg test", false});
        for (int tries = 0; tries < 3; ++tries) {
            bool lost = false;
            try {
                co_await db.query(my_pid, {}, soon());
            } catch (const pg::connection_lost&) {
                lost = true;
            }
            CHECK(lost);
        }
        CHECK(db.next_attempt() > steady::now() - 1s);
    });
}

TEST_CASE("statements are prepared once on a direct connection and never behind a pooler")
{
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        auto direct = co_await pg::connection::open(here.options(), soon());
        co_await direct->query(my_pid, {}, soon());
        co_await direct->query(my_pid, {}, soon());
        const auto kept = co_await direct->query(prepared, {}, soon());
        CHECK(kept.integer(0, 0) == 2);  // my_pid and prepared itself
        auto options = here.options();
        options.pooled = true;
        auto pooled = co_await pg::connection::open(options, soon());
        co_await pooled->query(my_pid, {}, soon());
        const auto none = co_await pooled->query(prepared, {}, soon());
        CHECK(none.integer(0, 0) == 0);
    });
}

TEST_CASE("every type survives the way to the server and back")
{
    static constexpr pg::statement bytes_echo{"bytes_echo", "select encode(($1::bytea[])[1], 'hex')"};
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        static constexpr pg::statement all{
            "all", "select $1, $2, $3, $4, $5 = array[1, -2]::int8[], $6, $7 = interval '1.5 seconds', $8, "
                   "$9 is not distinct from array['x', null], cardinality($10), $11 is null"};
        auto db = co_await pg::connection::open(here.options(), soon());
        const std::vector<std::int64_t> numbers{1, -2};
        const std::vector<std::string> texts{"", "Zoë – 🔒", "quote\" comma, brace}"};
        const std::vector<std::optional<std::string_view>> with_null{"x", std::nullopt};
        const std::vector<std::string> empty;
        const auto id = *pg::parse_uuid("6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11");
        pg::params with;
        with.add(std::numeric_limits<std::int64_t>::min())
            .add("")
            .add(true)
            .add(id)
            .add(std::span<const std::int64_t>(numbers));
        with.add(std::span<const std::string>(texts))
            .add(std::chrono::microseconds(1'500'000))
            .add_timestamp(std::numeric_limits<std::int64_t>::min());
        with.add(std::span<const std::optional<std::string_view>>(with_null)).add(std::span<const std::string>(empty));
        with.add(std::optional<std::string_view>());
        const auto got = co_await db->query(all, with, soon());
        CHECK(got.integer(0, 0) == std::numeric_limits<std::int64_t>::min());
        CHECK(got.text(0, 1).empty());
        CHECK(got.flag(0, 2));
        CHECK(pg::to_string(got.id(0, 3)) == "6f1c6c1e-5a0b-4d7e-9c55-0c1f0a6f2b11");
        CHECK(got.flag(0, 4));
        CHECK(got.texts(0, 5) == texts);
        CHECK(got.flag(0, 6));
        CHECK(got.timestamp(0, 7) == std::numeric_limits<std::int64_t>::min());
        CHECK(got.flag(0, 8));
        CHECK(got.integer(0, 9) == 0);
        CHECK(got.flag(0, 10));
        const std::vector<pg::bytes> raw{{std::string_view("\0\xff", 2)}};
        pg::params binary;
        binary.add(std::span<const pg::bytes>(raw));
        const auto hex = co_await db->query(bytes_echo, binary, soon());
        CHECK(hex.text(0, 0) == "00ff");
    });
}

TEST_CASE("a column of another type than the caller expects is refused loudly")
{
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        auto db = co_await pg::connection::open(here.options(), soon());
        const auto got = co_await db->query(my_pid, {}, soon());
        CHECK_THROWS_AS(got.text(0, 0), std::logic_error);
        CHECK_THROWS_AS(got.integer(0, 1), std::logic_error);
        CHECK_THROWS_AS(got.integer(1, 0), std::logic_error);
    });
}

TEST_CASE("a notification reaches a listener, and a quiet time answers nothing")
{
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        auto db = co_await pg::connection::open(here.options(), soon());
        co_await db->listen("reclaim_job", soon());
        const auto quiet = co_await db->notifications(steady::now() + 20ms);
        CHECK(quiet.empty());
        testing::sql_session(here.base.conninfo()).run("select pg_notify('reclaim_job', '')");
        const auto heard = co_await db->notifications(soon());
        CHECK(heard == std::vector<std::string>{"reclaim_job"});
    });
}

TEST_CASE("an answer of many megabytes is taken while a request of many megabytes is sent")
{
    static constexpr pg::statement big{"big", "select repeat('x', 8000000) || $1"};
    prepared_database here;
    testing::run([&]() -> asio::awaitable<void> {
        auto db = co_await pg::connection::open(here.options(), soon());
        const std::string mine(8'000'000, 'y');
        std::vector<pg::call> calls;
        for (int i = 0; i < 3; ++i) {
            pg::params with;
            with.add(mine);
            calls.push_back({&big, std::move(with)});
        }
        const auto got = co_await db->transact(calls, soon());
        CHECK(got.at(2).text(0, 0).size() == 16'000'000);
    });
}
