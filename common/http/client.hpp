#pragma once
// Outgoing HTTP/1.1 over kept-alive connections, one pool per origin. It never follows a redirect, never repeats a
// request that may have been applied, and says of every failure whether the request can have reached the other side.
#include "common/async/deadline.hpp"
#include "common/base/error.hpp"
#include "common/base/secret.hpp"
#include "common/http/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>

namespace reclaim::http {

namespace asio = boost::asio;

struct origin {
    enum class scheme { http, https } how = scheme::https;
    std::string host;  // name or literal, without brackets
    std::string port;
    std::string base_path;  // "" or "/x/y", no trailing slash

    // "https://host[:port][/base]"; refuses user info, query, fragment, other schemes; the error says which part is
    // wrong.
    static result<origin> parse(std::string_view url);
    std::string host_header() const;
    bool operator==(const origin&) const = default;
};

// A forward proxy for https origins. The way to it is plain HTTP.
struct proxy {
    origin at;
    std::string user;  // "": it does not ask who we are
    secret password;
};

struct client_options {
    std::optional<std::string> ca_file;  // PEM; default: the system's roots. Peer and host name are always verified
    std::size_t connections_per_origin_max = 512;
    std::size_t answer_bytes_max = 1024 * 1024;  // larger answers are cut off and count as unanswered
    std::chrono::seconds idle_max{20};           // a kept connection unused for longer is closed, not reused
    std::optional<http::proxy> through = {};     // default: every origin is reached directly
    // Judges the addresses of a name after the lookup and before the first connection. When one of them may not be
    // reached none is, and what was judged is what is connected to: nothing looks the name up in between. Empty: any.
    std::function<bool(const asio::ip::address&)> may_reach = {};
};

struct failure {
    // not_sent: no byte of the request left, so nothing can have happened. unanswered: it may have been applied.
    enum class kind { not_sent, unanswered } what = kind::unanswered;
    std::string why;  // for logs and audit, bounded, no header values
};

class client {
public:
    client(asio::any_io_executor executor, client_options options);
    ~client();

    // The request's target is appended to the origin's base path. Host, Content-Length and Connection are set here. CR,
    // LF and NUL in target or header values are refused (not_sent). The deadline covers resolve, connect, TLS, send and
    // the whole answer. A GET that died on a reused connection before any answer byte is sent once more on a fresh one.
    asio::awaitable<result<response, failure>> send(const origin& to, request what, async::steady::time_point deadline);

    // For new connections, from now on.
    void use_proxy_password(secret password);

    void close();  // idle connections; running requests end by their deadlines

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace reclaim::http
