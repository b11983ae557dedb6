#include "common/pg/connection.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <libpq-fe.h>
#include <utility>

namespace reclaim::pg {
namespace {

constexpr statement begin{"begin", "begin"};
constexpr statement commit{"commit", "commit"};

std::string first_line(const char* text)
{
    std::string out = text ? text : "";
    return out.substr(0, out.find('\n'));
}

// Class 08 and the shutdown states: the server has gone or is going, whatever the socket says yet.
bool ends_the_connection(const std::string& sqlstate)
{
    return sqlstate.empty() || sqlstate.starts_with("57P") || sqlstate.starts_with("08");
}

std::string field(const PGresult* result, int which)
{
    const char* text = PQresultErrorField(result, which);
    return text ? text : "";
}

}  // namespace

connection::connection(asio::any_io_executor executor, connect_options options)
    : options_(std::move(options)),
      socket_(std::move(executor))
{}

connection::~connection()
{
    if (socket_.is_open())
        socket_.release();  // libpq owns the descriptor
    PQfinish(handle_);
}

void connection::lose(const std::string& doing)
{
    broken_ = true;
    // libpq may have closed the descriptor already. Its number is free for anybody then, and letting go of it later
    // would take a stranger's socket out of the event loop.
    if (socket_.is_open())
        socket_.release();
    const std::string why = doing + ": " + first_line(PQerrorMessage(handle_));
    if (in_doubt_)
        throw commit_in_doubt(why);
    throw connection_lost(why);
}

asio::awaitable<std::unique_ptr<connection>> connection::open(connect_options options, steady::time_point deadline)
{
    auto executor = co_await asio::this_coro::executor;
    std::unique_ptr<connection> made(new connection(executor, std::move(options)));
    const auto connected = co_await async::with_deadline(made->connect(), deadline);
    if (!connected)
        throw connection_lost("connecting to the database took too long");
    co_return made;
}

asio::awaitable<bool> connection::connect()
{
    // Later keywords win, so ours are defaults in front of what the administrator wrote in the conninfo, but for the
    // name.
    const char* keywords[] = {"tcp_user_timeout", "keepalives_idle",  "connect_timeout",
                              "dbname",           "application_name", nullptr};
    const char* values[] = {"10000", "10", "5", options_.conninfo.c_str(), options_.application_name.c_str(), nullptr};
    handle_ = PQconnectStartParams(keywords, values, 1);
    if (!handle_ || PQstatus(handle_) == CONNECTION_BAD)
        lose("connecting to the database");
    PQsetNoticeReceiver(
        handle_,
        [](void* self, const PGresult* notice) {
            if (field(notice, PG_DIAG_SQLSTATE).starts_with("01"))
                static_cast<connection*>(self)->warning_ = field(notice, PG_DIAG_MESSAGE_PRIMARY);
        },
        this);
    auto wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK) {
        // libpq may close the socket and open another under the same number while it tries hosts: hold it only for one
        // wait.
        socket_.assign(PQsocket(handle_));
        co_await socket_.async_wait(wanted == PGRES_POLLING_READING ? socket_.wait_read : socket_.wait_write,
                                    asio::use_awaitable);
        socket_.release();
        wanted = PQconnectPoll(handle_);
        if (wanted == PGRES_POLLING_FAILED)
            lose("connecting to the database");
    }
    if (PQsetnonblocking(handle_, 1) != 0 || PQenterPipelineMode(handle_) != 1)
        lose("preparing the connection");
    socket_.assign(PQsocket(handle_));
    co_return true;
}

void connection::prepare(const call& what)
{
    if (PQsendPrepare(handle_, what.what->name, what.what->text, static_cast<int>(what.with.size()),
                      what.with.types()) != 1)
        lose(what.what->name);
}

void connection::send(const call& what)
{
    const auto values = what.with.values();
    const int count = static_cast<int>(what.with.size());
    const std::vector<int> binary(what.with.size(), 1);
    int sent = 0;
    if (options_.pooled) {
        sent = PQsendQueryParams(handle_, what.what->text, count, what.with.types(), values.data(), what.with.lengths(),
                                 binary.data(), 1);
    } else {
        sent =
            PQsendQueryPrepared(handle_, what.what->name, count, values.data(), what.with.lengths(), binary.data(), 1);
    }
    if (sent != 1)
        lose(what.what->name);
}

asio::awaitable<void> connection::flush_until_readable()
{
    using namespace asio::experimental::awaitable_operators;
    for (;;) {
        const int unsent = PQflush(handle_);
        if (unsent < 0)
            lose("sending to the database");
        if (unsent == 0) {
            co_await socket_.async_wait(socket_.wait_read, asio::use_awaitable);
            break;
        }
        // The server may be waiting for us to read before it reads more: either side may move next.
        const auto moved = co_await (socket_.async_wait(socket_.wait_read, asio::use_awaitable) ||
                                     socket_.async_wait(socket_.wait_write, asio::use_awaitable));
        if (moved.index() == 0)
            break;
    }
    if (PQconsumeInput(handle_) != 1)
        lose("reading from the database");
}

asio::awaitable<std::shared_ptr<pg_result>> connection::next_result()
{
    while (PQisBusy(handle_))
        co_await flush_until_readable();
    PGresult* result = PQgetResult(handle_);
    if (!result && PQstatus(handle_) == CONNECTION_BAD)
        lose("reading from the database");
    co_return std::shared_ptr<pg_result>(result, [](PGresult* r) { PQclear(r); });
}

asio::awaitable<std::vector<rows>> connection::run(const std::vector<call>& calls, bool as_transaction)
{
    // Two coroutines on one connection would get each other's answers.
    if (!question_.expired())
        throw std::logic_error("two questions at once on one database connection");
    const auto question = std::make_shared<char>();
    question_ = question;

    const call first{&begin, {}};
    const call last{&commit, {}};
    std::vector<const call*> in_order;
    if (as_transaction)
        in_order.push_back(&first);
    for (const auto& one : calls)
        in_order.push_back(&one);
    if (as_transaction)
        in_order.push_back(&last);

    warning_.clear();
    struct awaited {
        const statement* what;
        bool preparing;
    };
    std::vector<awaited> results;
    std::set<const statement*> preparing;
    for (const call* one : in_order) {
        if (!options_.pooled && !prepared_.contains(one->what) && preparing.insert(one->what).second) {
            prepare(*one);
            results.push_back({one->what, true});
        }
        send(*one);
        results.push_back({one->what, false});
    }
    if (PQpipelineSync(handle_) != 1)
        lose("sending to the database");
    in_doubt_ = as_transaction;  // from here on the COMMIT may be with the server

    std::vector<rows> answers;
    std::optional<error> failed;
    std::string commit_tag;
    for (std::size_t at = 0;;) {
        const auto result = co_await next_result();
        if (!result)
            continue;  // null ends the results of one statement
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_PIPELINE_SYNC)
            break;
        // A server that ends the session says so whenever it likes, even when every statement has its answer.
        if (at == results.size())
            lose("ending the pipeline");
        const auto [what, was_preparing] = results[at++];
        if (status == PGRES_FATAL_ERROR) {
            const std::string sqlstate = field(result.get(), PG_DIAG_SQLSTATE);
            if (PQstatus(handle_) == CONNECTION_BAD || ends_the_connection(sqlstate))
                lose(what->name);
            failed.emplace(sqlstate, field(result.get(), PG_DIAG_MESSAGE_PRIMARY), what->name);
        } else if (was_preparing && status == PGRES_COMMAND_OK) {
            prepared_.insert(what);
        } else if (status == PGRES_TUPLES_OK) {
            answers.emplace_back(result);
        } else if (what == &commit && status == PGRES_COMMAND_OK) {
            commit_tag = PQcmdStatus(result.get());
        }
    }
    in_doubt_ = false;
    if (failed) {
        if (PQtransactionStatus(handle_) != PQTRANS_IDLE)
            co_await roll_back();
        throw *failed;
    }
    if (as_transaction && commit_tag != "COMMIT") {
        broken_ = true;
        throw commit_in_doubt("COMMIT answered " + (commit_tag.empty() ? std::string("nothing") : commit_tag));
    }
    if (as_transaction && !warning_.empty()) {
        broken_ = true;
        throw commit_in_doubt("COMMIT came with a warning: " + warning_);
    }
    co_return answers;
}

asio::awaitable<void> connection::roll_back()
{
    if (PQsendQueryParams(handle_, "rollback", 0, nullptr, nullptr, nullptr, nullptr, 1) != 1 ||
        PQpipelineSync(handle_) != 1)
        lose("rolling back");
    for (;;) {
        const auto result = co_await next_result();
        if (result && PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC)
            co_return;
    }
}

asio::awaitable<std::vector<rows>> connection::transact(const std::vector<call>& calls, steady::time_point deadline)
{
    std::exception_ptr trouble;
    try {
        auto answers = co_await async::with_deadline(run(calls, true), deadline);
        if (answers)
            co_return std::move(*answers);
    } catch (const boost::system::system_error& e) {
        trouble = std::make_exception_ptr(commit_in_doubt(std::string("cut off: ") + e.what()));
    }
    broken_ = true;
    if (trouble)
        std::rethrow_exception(trouble);
    throw commit_in_doubt("the database did not answer in time");
}

asio::awaitable<rows> connection::query(const statement& what, const params& with, steady::time_point deadline)
{
    const std::vector<call> one{call{&what, with}};
    auto answers = co_await async::with_deadline(run(one, false), deadline);
    if (!answers) {
        broken_ = true;
        throw connection_lost(std::string(what.name) + ": the database did not answer in time");
    }
    co_return answers->empty() ? rows() : std::move(answers->front());
}

asio::awaitable<void> connection::listen(const std::string& channel, steady::time_point deadline)
{
    const std::string text = "listen " + channel;
    const statement what{text.c_str(), text.c_str()};
    const bool pooled = std::exchange(options_.pooled, true);  // a LISTEN cannot be prepared
    co_await query(what, {}, deadline);
    options_.pooled = pooled;
}

asio::awaitable<std::vector<std::string>> connection::notifications(steady::time_point deadline)
{
    std::vector<std::string> channels;
    const auto collect = [&] {
        while (PGnotify* one = PQnotifies(handle_)) {
            channels.emplace_back(one->relname);
            PQfreemem(one);
        }
    };
    collect();
    if (channels.empty()) {
        auto wait = [](connection& self) -> asio::awaitable<bool> {
            co_await self.socket_.async_wait(self.socket_.wait_read, asio::use_awaitable);
            co_return true;
        };
        const auto readable = co_await async::with_deadline(wait(*this), deadline);
        if (readable && PQconsumeInput(handle_) != 1)
            lose("listening");
        collect();
    }
    co_return channels;
}

}  // namespace reclaim::pg
