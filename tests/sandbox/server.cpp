#include "server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "exchange.hpp"

namespace sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using tls_stream = asio::ssl::stream<tcp::socket>;
using parser = http::request_parser<http::string_body>;

constexpr std::uint64_t body_bytes_max = 10u << 20;  // Linear's ceiling; the others never come near it
constexpr std::uint32_t header_bytes_max = 64u << 10;

std::string_view view(boost::beast::string_view s)
{
    return {s.data(), s.size()};
}

request to_request(const parser::value_type& message, bool has_length)
{
    request r;
    r.method = view(message.method_string());
    r.target = view(message.target());
    for (const auto& field : message)
        r.headers.emplace_back(view(field.name_string()), view(field.value()));
    r.body = message.body();
    r.has_length = has_length;
    split_target(r);
    return r;
}

// What a request that could not be read deserves; nothing when the connection is simply over.
std::optional<answer> complaint(const boost::system::error_code& ec)
{
    if (ec == http::error::body_limit)
        return answer{413, "", "text/plain"};
    const bool malformed = ec.category() == make_error_code(http::error::bad_method).category() &&
                           ec != http::error::end_of_stream && ec != http::error::partial_message;
    return malformed ? std::optional{answer{400, "", "text/plain"}} : std::nullopt;
}

template <class Stream>
asio::awaitable<void> converse(Stream& stream, world& w)
{
    boost::beast::flat_buffer buffer;
    for (bool open = true; open;) {
        parser p;
        p.body_limit(body_bytes_max);
        p.header_limit(header_bytes_max);
        boost::system::error_code ec;
        co_await http::async_read(stream, buffer, p, asio::redirect_error(asio::use_awaitable, ec));
        if (ec) {
            if (const auto a = complaint(ec))
                co_await asio::async_write(stream, asio::buffer(render(*a, false)), asio::use_awaitable);
            co_return;
        }
        const bool has_length = p.chunked() || p.content_length().has_value();
        const bool keep_alive = p.keep_alive();
        const auto message = p.release();
        const request r = to_request(message, has_length);
        if (world::is_control(r)) {
            const std::string bytes = render(w.control(r), keep_alive);
            co_await asio::async_write(stream, asio::buffer(bytes), asio::use_awaitable);
            open = keep_alive;
        } else {
            open = co_await exchange<Stream>{stream, w, r, keep_alive}.run();
        }
    }
}

asio::awaitable<void> serve_plain(tcp::socket socket, world& w)
{
    co_await converse(socket, w);
    boost::system::error_code ignored;
    socket.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> serve_tls(tcp::socket socket, asio::ssl::context& tls, world& w)
{
    tls_stream stream{std::move(socket), tls};
    co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    co_await converse(stream, w);
    co_await stream.async_shutdown(asio::use_awaitable);
}

}  // namespace

server::server(asio::io_context& io, const tcp::endpoint& at, world& w) : io_{io}, acceptor_{io, at}, world_{w} {}

void server::use_tls(const std::string& cert_file, const std::string& key_file)
{
    tls_.emplace(asio::ssl::context::tls_server);
    tls_->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    tls_->use_certificate_chain_file(cert_file);
    tls_->use_private_key_file(key_file, asio::ssl::context::pem);
}

std::string server::url() const
{
    const auto at = acceptor_.local_endpoint();
    const std::string host = at.address().is_v6() ? "[" + at.address().to_string() + "]" : at.address().to_string();
    return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(at.port());
}

template <class Task>
void server::own(Task task)
{
    const auto slot = running_.emplace(running_.end());
    auto forget = [this, slot](const std::exception_ptr&) { running_.erase(slot); };  // a broken connection is no news
    asio::co_spawn(io_, std::move(task), asio::bind_cancellation_slot(slot->slot(), std::move(forget)));
}

void server::start()
{
    own(accept_loop());
}

asio::awaitable<void> server::accept_loop()
{
    for (;;) {
        boost::system::error_code ec;
        tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
        if (ec == asio::error::operation_aborted)
            co_return;
        if (ec) {  // out of descriptors, or a client that left in the queue: both pass
            asio::steady_timer pause{io_, std::chrono::milliseconds{10}};
            co_await pause.async_wait(asio::use_awaitable);
            continue;
        }
        socket.set_option(tcp::no_delay{true}, ec);
        if (tls_)
            own(serve_tls(std::move(socket), *tls_, world_));
        else
            own(serve_plain(std::move(socket), world_));
    }
}

void server::stop()
{
    acceptor_.close();
    // Emitting can end a coroutine at once and so erase its own entry.
    for (auto at = running_.begin(); at != running_.end();) {
        const auto next = std::next(at);
        at->emit(asio::cancellation_type::terminal);
        at = next;
    }
}

}  // namespace sandbox
