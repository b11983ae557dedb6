#include "common/http/client.hpp"

#include "common/http/alarm.hpp"
#include "common/http/channel.hpp"
#include "common/http/parser.hpp"
#include "common/http/pool.hpp"
#include "common/http/resolver.hpp"
#include "common/http/tls.hpp"
#include "common/http/tunnel.hpp"
#include "common/http/wire.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <map>
#include <utility>

namespace reclaim::http {

namespace {

using async::steady;

// One header line or chunk head must fit into it; bodies pass through.
constexpr std::size_t answer_buffer_bytes = 64 * 1024;
constexpr std::size_t why_bytes_max = 300;

failure failed(failure::kind what, std::string why)
{
    if (why.size() > why_bytes_max)
        why.resize(why_bytes_max);
    return {what, std::move(why)};
}

failure not_sent(std::string why)
{
    return failed(failure::kind::not_sent, std::move(why));
}

// How one request on one connection went.
struct exchange_result {
    result<response, failure> answer;
    bool reusable = false;
    bool worth_repeating = false;  // the connection died before a byte of the answer came
};

}  // namespace

struct client::impl {
    impl(asio::any_io_executor with, client_options chosen)
        : executor(with),
          options(std::move(chosen)),
          alarms(with),
          names(with),
          tls(client_tls(options.ca_file))
    {}

    pool& pool_of(const origin& to);
    asio::awaitable<result<std::unique_ptr<channel>>> connect(const origin& to, steady::time_point deadline);
    asio::awaitable<result<asio::ip::tcp::socket>> reach(const endpoints& candidates, steady::time_point deadline);
    asio::awaitable<exchange_result> exchange(channel& on, const std::string& bytes, answer_parser::body_rule rule,
                                              steady::time_point deadline);
    asio::awaitable<result<response, failure>> send(const origin& to, request what, steady::time_point deadline);

    asio::any_io_executor executor;
    client_options options;
    alarm_clock alarms;
    resolver names;
    std::shared_ptr<tls_context> tls;
    std::map<std::tuple<origin::scheme, std::string, std::string>, std::shared_ptr<pool>> pools;
};

pool& client::impl::pool_of(const origin& to)
{
    auto& found = pools[{to.how, to.host, to.port}];
    if (!found)
        found = std::make_shared<pool>(options.connections_per_origin_max, options.idle_max);
    return *found;
}

asio::awaitable<result<asio::ip::tcp::socket>> client::impl::reach(const endpoints& candidates,
                                                                   steady::time_point deadline)
{
    std::string why;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        // An even share of what is left: one address that swallows packets must not use up the time of the next.
        const auto now = steady::now();
        const auto share = (deadline - now) / static_cast<std::int64_t>(candidates.size() - i);
        asio::ip::tcp::socket socket(executor);
        alarm limit(alarms, [&socket] {
            boost::system::error_code ignored;
            socket.close(ignored);
        });
        limit.set(now + share);
        const auto [error] = co_await socket.async_connect(candidates[i], asio::as_tuple(asio::use_awaitable));
        if (!error)
            co_return std::move(socket);
        why = limit.rang() ? "no answer in time" : error.message();
    }
    co_return "cannot connect: " + why;
}

asio::awaitable<result<std::unique_ptr<channel>>> client::impl::connect(const origin& to, steady::time_point deadline)
{
    // The proxy resolves the origin's name, which we may not even be able to.
    const auto through = to.how == origin::scheme::https ? options.through : std::nullopt;
    const std::string where = through ? "the proxy: " : "";
    const origin& next = through ? through->at : to;
    const auto found = co_await names.lookup(next.host, next.port, deadline);
    if (!found)
        co_return where + "cannot resolve: " + found.error();
    // As a whole: a name that leads to both kinds of place is not an honest one.
    if (!through && options.may_reach && !std::all_of(found->begin(), found->end(), [this](const auto& each) {
            return options.may_reach(each.address());
        }))
        co_return std::string("not connected: the name leads to a private or special address");
    auto socket = co_await reach(*found, deadline);
    if (!socket)
        co_return where + socket.error();
    auto fresh = std::make_unique<channel>(std::move(*socket));
    if (to.how == origin::scheme::http)
        co_return fresh;

    alarm limit(alarms, [&fresh] { fresh->cancel(); });
    limit.set(deadline);
    if (through) {
        const auto opened = co_await open_tunnel(*fresh, *through, to);
        if (limit.rang())
            co_return where + "no answer in time";
        if (!opened)
            co_return where + opened.error();
    }
    const auto error = co_await fresh->secure(tls, channel::side::client, to.host);
    if (limit.rang())
        co_return std::string("the TLS handshake did not end in time");
    if (error)
        co_return "the TLS handshake failed: " + error.message();
    co_return fresh;
}

asio::awaitable<exchange_result> client::impl::exchange(channel& on, const std::string& bytes,
                                                        answer_parser::body_rule rule, steady::time_point deadline)
{
    if (steady::now() >= deadline)
        co_return exchange_result{not_sent("no time was left to send it"), true};
    alarm limit(alarms, [&on] { on.cancel(); });
    limit.set(deadline);
    bool answer_began = false;
    const auto unanswered = [&](std::string why) {
        const bool late = limit.rang();
        return exchange_result{
            failed(failure::kind::unanswered, late ? "the answer did not come in time" : std::move(why)), false,
            !answer_began && !late};
    };

    const auto sent = co_await on.write(bytes);
    if (sent.error && sent.count == 0 && !limit.rang())
        co_return exchange_result{not_sent("cannot send: " + sent.error.message()), false, true};
    if (sent.error)
        co_return unanswered("sending broke off: " + sent.error.message());

    answer_parser parser(options.answer_bytes_max, rule);
    read_buffer arrived(answer_buffer_bytes);
    // Beside the body's own limit: chunk heads and interim answers are not body, and must not be endless either.
    const std::size_t raw_bytes_max = 2 * options.answer_bytes_max + answer_buffer_bytes;
    std::size_t raw_bytes = 0;
    while (!parser.done()) {
        if (limit.rang())
            co_return unanswered({});
        if (arrived.full() || raw_bytes > raw_bytes_max)
            co_return unanswered("the answer is too large");
        const auto got = co_await on.read_some(arrived.space());
        if (got.error == asio::error::eof) {
            if (const auto ended = parser.end_of_stream(); !ended)
                co_return unanswered("the answer broke off: " + ended.error());
            co_return exchange_result{parser.take()};
        }
        if (got.error)
            co_return unanswered("the answer broke off: " + got.error.message());
        answer_began = true;
        raw_bytes += got.count;
        arrived.commit(got.count);
        const auto taken = parser.feed(arrived.view());
        if (!taken)
            co_return unanswered("the answer is not acceptable: " + taken.error());
        arrived.consume(*taken);
    }
    // Bytes behind the answer belong to nothing we asked for: the next answer read here could be somebody else's.
    const bool reusable = parser.reusable() && arrived.empty();
    co_return exchange_result{parser.take(), reusable};
}

asio::awaitable<result<response, failure>> client::impl::send(const origin& to, request what,
                                                              steady::time_point deadline)
{
    const auto encoded = encode_request(to, what);
    if (!encoded)
        co_return not_sent(encoded.error());
    const auto rule = what.method == "HEAD" ? answer_parser::body_rule::none : answer_parser::body_rule::as_framed;

    auto slot = co_await pool_of(to).acquire(deadline);
    if (!slot)
        co_return not_sent("no connection was free in time");
    std::optional<failure> first_try;
    if (slot->connection) {
        auto tried = co_await exchange(*slot->connection, *encoded, rule, deadline);
        if (tried.reusable)
            slot->keep();
        // The peer may close a kept connection while a request is under way. Only what changes nothing may go twice.
        if (tried.answer || !tried.worth_repeating || what.method != "GET")
            co_return std::move(tried.answer);
        first_try = tried.answer.error();
        slot->connection.reset();
    }

    auto fresh = co_await connect(to, deadline);
    if (!fresh)
        co_return first_try ? *first_try : not_sent(fresh.error());
    slot->connection = std::move(*fresh);
    auto tried = co_await exchange(*slot->connection, *encoded, rule, deadline);
    if (tried.reusable)
        slot->keep();
    co_return std::move(tried.answer);
}

client::client(asio::any_io_executor executor, client_options options)
    : impl_(std::make_unique<impl>(std::move(executor), std::move(options)))
{}

client::~client() = default;

asio::awaitable<result<response, failure>> client::send(const origin& to, request what, steady::time_point deadline)
{
    return impl_->send(to, std::move(what), deadline);
}

void client::use_proxy_password(secret password)
{
    if (impl_->options.through)
        impl_->options.through->password = std::move(password);
}

void client::close()
{
    for (auto& [key, each] : impl_->pools)
        each->close();
    impl_->names.cancel();
}

}  // namespace reclaim::http
