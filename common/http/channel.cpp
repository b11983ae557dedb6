#include "common/http/channel.hpp"

#include "common/http/certificate_names.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace reclaim::http {

namespace {

namespace ssl = boost::asio::ssl;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t drained_bytes_max = 1024 * 1024;

// OpenSSL's own check rather than Asio's: it can be told never to fall back to the subject's common name.
bool bind_peer_name(SSL* session, const std::string& name)
{
    error_code not_literal;
    asio::ip::make_address(name, not_literal);
    if (!not_literal)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), name.c_str()) == 1;
    SSL_set_hostflags(session, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(session, name.c_str()) == 1 && SSL_set_tlsext_host_name(session, name.c_str()) == 1;
}

}  // namespace

struct channel::tls_layer {
    std::shared_ptr<tls_context> context;
    ssl::stream<asio::ip::tcp::socket&> stream;
};

channel::channel(asio::ip::tcp::socket connected) : socket_(std::move(connected))
{
    error_code ignored;  // a peer already gone shows at the first read
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    peer_ = socket_.remote_endpoint(ignored).address();
}

channel::~channel() = default;

asio::awaitable<error_code> channel::secure(std::shared_ptr<tls_context> context, side as, std::string peer_name)
{
    tls_layer& layer = *(tls_ = std::unique_ptr<tls_layer>(new tls_layer{context, {socket_, *context}}));
    if (as == side::client && !bind_peer_name(layer.stream.native_handle(), peer_name))
        co_return asio::error::invalid_argument;
    const auto kind = as == side::client ? ssl::stream_base::client : ssl::stream_base::server;
    const auto [error] = co_await layer.stream.async_handshake(kind, as_values);
    co_return error;
}

std::vector<std::string> channel::peer_names() const
{
    const std::unique_ptr<X509, decltype(&X509_free)> shown(
        tls_ ? SSL_get1_peer_certificate(tls_->stream.native_handle()) : nullptr, X509_free);
    return shown ? certificate_names(*shown) : std::vector<std::string>();
}

asio::awaitable<channel::transfer> channel::read_some(asio::mutable_buffer into)
{
    if (tls_) {
        const auto [error, count] = co_await tls_->stream.async_read_some(into, as_values);
        co_return transfer{error, count};
    }
    const auto [error, count] = co_await socket_.async_read_some(into, as_values);
    co_return transfer{error, count};
}

channel::transfer channel::write_now(std::string_view bytes)
{
    transfer out;
    if (!tls_)
        out.count = socket_.write_some(asio::buffer(bytes), out.error);
    if (out.error == asio::error::would_block)
        out.error = {};
    return out;
}

asio::awaitable<channel::transfer> channel::write(std::string_view bytes)
{
    if (tls_) {
        const auto [error, count] = co_await asio::async_write(tls_->stream, asio::buffer(bytes), as_values);
        co_return transfer{error, bytes.size()};
    }
    const transfer first = write_now(bytes);
    if (first.error || first.count == bytes.size())
        co_return first;
    const auto [error, count] = co_await asio::async_write(socket_, asio::buffer(bytes.substr(first.count)), as_values);
    co_return transfer{error, first.count + count};
}

void channel::cancel()
{
    error_code ignored;
    socket_.cancel(ignored);
}

bool channel::quiet()
{
    if (tls_) {
        SSL* session = tls_->stream.native_handle();
        if (SSL_has_pending(session) == 1 || BIO_ctrl_pending(SSL_get_rbio(session)) != 0)
            return false;
    }
    char byte = 0;
    const auto seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

asio::awaitable<void> channel::finish()
{
    if (tls_)
        co_await tls_->stream.async_shutdown(as_values);
    error_code error;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    std::array<char, 4096> sink;
    for (std::size_t drained = 0; !error && drained < drained_bytes_max;) {
        const auto [failure, count] = co_await socket_.async_read_some(asio::buffer(sink), as_values);
        error = failure;
        drained += count;
    }
}

}  // namespace reclaim::http
