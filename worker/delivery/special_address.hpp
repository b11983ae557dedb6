#pragma once
// Addresses and names that mean something other than a host on the public internet. A callback URL out of a payload
// must not reach them, or an approval could make us talk to the metadata service or to a database beside us.
#include <boost/asio/ip/address.hpp>
#include <string_view>

namespace reclaim::delivery {

// Loopback, private, link-local, shared, documentation, benchmark, multicast and reserved ranges; and IPv6 forms that
// carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo), since they lead wherever that address does.
bool is_special(const boost::asio::ip::address& address);

// A literal of such a range, a name without a dot, or a name of a zone that never leaves the local network.
bool is_special_host(std::string_view host);

}  // namespace reclaim::delivery
