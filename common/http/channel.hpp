#pragma once
// A connected byte stream, plain or TLS, behind one face. Owned by one coroutine, which has one wait in flight at most.
// Failures are error codes: a peer that goes away is an everyday answer here.
#include "common/async/deadline.hpp"
#include "common/http/tls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace reclaim::http {

namespace asio = boost::asio;
using boost::system::error_code;

class channel {
public:
    enum class side { client, server };

    // Plain from the start; secure() makes it TLS.
    explicit channel(asio::ip::tcp::socket connected);
    ~channel();
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;

    // A client checks that the certificate is valid for peer_name, a name or a literal address.
    asio::awaitable<error_code> secure(std::shared_ptr<tls_context> context, side as, std::string peer_name);

    struct transfer {
        error_code error;
        std::size_t count = 0;
    };
    asio::awaitable<transfer> read_some(asio::mutable_buffer into);

    // Writes what the socket takes at once, without a turn of the event loop: nearly always everything. TLS takes
    // nothing.
    transfer write_now(std::string_view bytes);
    // Writes all of it. On failure count says what was written; with TLS unknown, told as everything.
    asio::awaitable<transfer> write(std::string_view bytes);

    // Ends the wait in flight, if any, with operation_aborted.
    void cancel();
    // Nothing has arrived unasked and the peer has not closed: fit for one more request.
    bool quiet();
    // Closes so that the peer can still read what was written last: a close with unread input would reset the
    // connection and take the answer with it. Bounded in bytes; the caller bounds the time by cancel().
    asio::awaitable<void> finish();

    asio::ip::address peer() const { return peer_; }
    // What the certificate that the peer has shown is made out to: its DNS names and URIs, or its common name where it
    // has neither. Empty without a certificate.
    std::vector<std::string> peer_names() const;

private:
    struct tls_layer;

    asio::ip::tcp::socket socket_;
    asio::ip::address peer_;
    std::unique_ptr<tls_layer> tls_;
};

}  // namespace reclaim::http
