#pragma once
// Incoming HTTP/1.1 with strict framing. Before Beast's parser sees a header block it is scanned byte by byte, because
// that parser accepts shapes two servers may read differently (Transfer-Encoding beside Content-Length, folded lines,
// duplicate lengths). Any framing error is answered and the connection closed.
#include "common/async/deadline.hpp"
#include "common/http/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>

namespace reclaim::http {

namespace asio = boost::asio;

struct server_options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;                           // 0: any free port, see server::port()
    std::optional<std::string> tls_certificate_file;  // PEM chain; with tls_key_file the listener speaks TLS 1.2+ only
    std::optional<std::string> tls_key_file;
    std::optional<std::string> tls_client_ca_file;  // when set, clients must present a certificate it signed
    std::vector<std::string> hosts;                 // allowed Host values without port; empty: any
    std::size_t header_bytes_max = 8192;
    std::size_t header_fields_max = 64;
    std::size_t target_bytes_max = 1024;
    std::size_t body_bytes_max = 65536;
    std::size_t connections_max = 2048;  // more are answered 503 and closed
    std::size_t requests_per_connection_max = 100000;
    std::chrono::milliseconds header_time{5000};  // from the first byte of a request to the end of its header block
    std::chrono::milliseconds body_time{10000};
    std::chrono::milliseconds idle_time{60000};
};

struct server_request {
    http::request message;
    std::string path;                            // target before '?', percent-decoding left to the route
    std::string query;                           // after '?', "" when none
    std::string peer;                            // remote address
    std::vector<std::string> client_names = {};  // of the certificate the client has shown; see tls_client_ca_file
};

// Answers one request. An exception becomes 500 without detail. Content-Length and Connection are set by the server.
using handler = std::function<asio::awaitable<response>(const server_request&)>;

class server {
public:
    server(asio::any_io_executor executor, server_options options, handler answer);
    ~server();

    void start();  // binds and listens; throws setup_error naming address, port and the fix
    std::uint16_t port() const;
    // Stops accepting, lets requests in progress end until the deadline, then closes every connection.
    asio::awaitable<void> stop(async::steady::time_point deadline);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

// RFC 9457 Problem Details.
response problem(unsigned status, std::string_view title, std::string_view detail, http::headers extra = {});

}  // namespace reclaim::http
