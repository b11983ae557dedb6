#include "common/http/server.hpp"

#include "common/async/task_group.hpp"
#include "common/http/connection.hpp"
#include "common/http/tls.hpp"
#include "common/log/logger.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <utility>

namespace reclaim::http {

namespace {

using asio::ip::tcp;
using async::steady;

// Surplus connections are still told 503, but not without bound: beyond these they are closed without a word.
constexpr std::size_t surplus_max = 64;
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::seconds cut_off{1};

server_core make_core(asio::any_io_executor executor, server_options options, handler answer)
{
    if (options.tls_certificate_file.has_value() != options.tls_key_file.has_value())
        throw setup_error("a TLS listener needs both a certificate file and a key file; only one is set");
    if (options.tls_client_ca_file && !options.tls_certificate_file)
        throw setup_error("client certificates need a TLS listener; set its certificate file and key file");
    const head_limits limits{options.header_bytes_max, options.header_fields_max, options.target_bytes_max,
                             options.body_bytes_max};
    auto tls = options.tls_certificate_file
                   ? server_tls(*options.tls_certificate_file, *options.tls_key_file, options.tls_client_ca_file)
                   : nullptr;
    return {std::move(options), limits, std::move(answer), alarm_clock(std::move(executor)), std::move(tls)};
}

}  // namespace

struct server::impl {
    impl(asio::any_io_executor with, server_options options, handler answer)
        : executor(with),
          core(make_core(with, std::move(options), std::move(answer))),
          acceptor(with),
          tasks(with)
    {}

    asio::awaitable<void> accept_all();
    asio::awaitable<void> serve(tcp::socket accepted);

    asio::any_io_executor executor;
    server_core core;
    tcp::acceptor acceptor;
    std::list<connection*> open;
    async::task_group tasks;
};

asio::awaitable<void> server::impl::accept_all()
{
    bool failing = false;
    while (!core.stopping) {
        auto [error, accepted] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (core.stopping)
            break;
        if (error) {
            // Out of file descriptors, most likely: waiting lets some come back, trying again at once only burns the
            // CPU.
            if (!std::exchange(failing, true))
                log::warn("accept_failed", {{"why", error.message()}});
            asio::steady_timer pause(executor, accept_pause);
            co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
            continue;
        }
        failing = false;
        if (open.size() < core.options.connections_max + surplus_max)
            tasks.spawn("http connection", serve(std::move(accepted)));
    }
}

asio::awaitable<void> server::impl::serve(tcp::socket accepted)
{
    const auto as =
        open.size() < core.options.connections_max ? connection::admission::served : connection::admission::surplus;
    connection self(core, std::move(accepted), as);
    struct place {
        std::list<connection*>& list;
        std::list<connection*>::iterator at;
        ~place() { list.erase(at); }
    } const held{open, open.insert(open.end(), &self)};
    co_await self.run();
}

server::server(asio::any_io_executor executor, server_options options, handler answer)
    : impl_(std::make_unique<impl>(std::move(executor), std::move(options), std::move(answer)))
{}

server::~server() = default;

void server::start()
{
    const auto& options = impl_->core.options;
    const std::string place = options.address + " port " + std::to_string(options.port);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error)
        throw setup_error("cannot listen on " + place + ": the address must be an IP address, such as 127.0.0.1 or ::");
    const tcp::endpoint endpoint(address, options.port);
    auto& acceptor = impl_->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error)
        acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error)
        acceptor.bind(endpoint, error);
    if (!error)
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        throw setup_error("cannot listen on " + place + ": " + error.message() +
                          "; choose another address or port, or stop the program that holds it");
    impl_->tasks.spawn("http accept", impl_->accept_all());
}

std::uint16_t server::port() const
{
    return impl_->acceptor.local_endpoint().port();
}

asio::awaitable<void> server::stop(async::steady::time_point deadline)
{
    impl_->core.stopping = true;
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
    for (connection* each : impl_->open)
        each->stop();
    if (co_await impl_->tasks.drain(deadline))
        co_return;
    impl_->tasks.cancel();
    co_await impl_->tasks.drain(steady::now() + cut_off);
}

}  // namespace reclaim::http
