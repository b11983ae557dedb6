#pragma once
// A receiver in this process before a database of its own, and a sender that signs.
#include "common/http/client.hpp"
#include "common/json/document.hpp"
#include "receiver/receiver.hpp"
#include "tests/support/run_coroutine.hpp"
#include "tests/support/signed_request.hpp"
#include "tests/support/tcp_gate.hpp"
#include "tests/support/test_database.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <catch2/catch.hpp>

namespace reclaim::testing {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using async::steady;

inline constexpr std::string_view status_token = "the-token-of-approvals";

inline receiver::receiver_config config_for(const std::string& conninfo)
{
    receiver::receiver_config out;
    out.database = {conninfo, "reclaim-receiver"};
    out.accept.wait_max =
        5s;  // a machine that is busy with other tests is not the subject; tests that are about time say so
    for (const auto& [name, key, token] : {std::tuple{"approvals", secret_b, status_token},
                                           std::tuple{"other", secret_c, std::string_view("the-token-of-the-other")}}) {
        receiver::schemes::scheme_options options;
        options.secrets.emplace_back(std::string(key));
        out.sources.push_back({name, *receiver::schemes::make_scheme("standard", options), receiver::mapping(),
                               secret(std::string(token))});
    }
    return out;
}

inline std::string approval(const std::string& id, const std::string& seat = "seat-1")
{
    return R"({"type":"seat.removal.approved","data":{"approval_id":")" + id + R"(","app":"figma","seat":")" + seat +
           R"(","flag_epoch":1,"subject":"u1","approver":"boss","approved_at":"2026-01-01T00:00:00Z"}})";
}

struct answered {
    unsigned status = 0;
    http::headers headers;
    std::string body;
    std::chrono::milliseconds took{0};

    std::string at(std::string_view pointer) const
    {
        const auto document = json::document::parse(body);
        return document ? document->at(pointer).serialize() : "";
    }
};

// Lives inside a test's coroutine; stop() must be awaited before it goes.
class running_receiver {
public:
    running_receiver(asio::any_io_executor executor, receiver::receiver_config config)
        : client_(executor, {}),
          program_(executor, std::move(config))
    {}

    asio::awaitable<void> start() { co_await program_.start(); }
    asio::awaitable<void> stop()
    {
        client_.close();
        co_await program_.stop();
    }

    std::uint16_t port() const { return program_.port(); }

    asio::awaitable<answered> ask(http::request what, bool of_ops = false)
    {
        http::origin to;
        to.how = http::origin::scheme::http;
        to.host = "127.0.0.1";
        to.port = std::to_string(of_ops ? program_.ops_port() : program_.port());
        const auto began = steady::now();
        auto got = co_await client_.send(to, std::move(what), began + 8s);
        if (!got)
            throw std::runtime_error("no answer: " + got.error().why);
        co_return answered{got->status, std::move(got->headers), std::move(got->body),
                           std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - began)};
    }

    asio::awaitable<answered> send(std::string id, std::string body)
    {
        auto request = signed_request(secret_b, "approvals", id, std::move(body));
        co_return co_await ask(std::move(request));
    }

    asio::awaitable<answered> get(std::string target, std::string_view token)
    {
        http::request request{"GET", std::move(target), {{"Authorization", "Bearer " + std::string(token)}}, ""};
        co_return co_await ask(std::move(request));
    }

    asio::awaitable<answered> ops(std::string target)
    {
        http::request request{"GET", std::move(target), {}, ""};
        co_return co_await ask(std::move(request), true);
    }

private:
    http::client client_;
    receiver::receiver program_;
};

// Asks again until the answer is the wanted one; the last one otherwise.
template <class Ask>
asio::awaitable<answered> until(Ask ask, unsigned status, std::chrono::milliseconds limit = 5s)
{
    const auto end = steady::now() + limit;
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (;;) {
        answered got = co_await ask();
        if (got.status == status || steady::now() > end)
            co_return got;
        pause.expires_after(10ms);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

// Runs the test's body against a started receiver and stops it, whether the body succeeded or not.
inline void with_receiver(receiver::receiver_config config,
                          std::function<asio::awaitable<void>(running_receiver&)> body)
{
    testing::run(
        [&]() -> asio::awaitable<void> {
            running_receiver program(co_await asio::this_coro::executor, std::move(config));
            co_await program.start();
            std::exception_ptr failure;
            try {
                co_await body(program);
            } catch (...) {
                failure = std::current_exception();
            }
            co_await program.stop();
            if (failure)
                std::rethrow_exception(failure);
        },
        30s);
}

// A database that takes approvals.
struct open_database : test_database {
    open_database() { run("select reclaim.set_trigger(true, 'test')"); }
    receiver::receiver_config config() const { return config_for(conninfo("reclaim_receiver")); }
};

}  // namespace reclaim::testing
