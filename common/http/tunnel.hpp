#pragma once
// The way through a forward proxy: CONNECT (RFC 9110 9.3.6). Behind it everything is as without a proxy, TLS and the
// check of the vendor's name included, so that the proxy learns host and port and nothing else.
#include "common/http/channel.hpp"
#include "common/http/client.hpp"

namespace reclaim::http {

// On a fresh connection to the proxy. The error says why there is no way; nothing has been sent to the origin then. The
// caller bounds the time by cancel().
asio::awaitable<result<void>> open_tunnel(channel& to_proxy, const proxy& by, const origin& wanted);

}  // namespace reclaim::http
