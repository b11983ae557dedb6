#include "worker/delivery/special_address.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace reclaim::delivery {

namespace ip = boost::asio::ip;

namespace {

struct range_v4 {
    std::uint32_t first;
    int bits;
};
constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c)
{
    return a << 24 | b << 16 | c << 8;
}
constexpr range_v4 special_v4[] = {
    {v4(0, 0, 0), 8},     {v4(10, 0, 0), 8},      {v4(100, 64, 0), 10},  {v4(127, 0, 0), 8},    {v4(169, 254, 0), 16},
    {v4(172, 16, 0), 12}, {v4(192, 0, 0), 24},    {v4(192, 0, 2), 24},   {v4(192, 88, 99), 24}, {v4(192, 168, 0), 16},
    {v4(198, 18, 0), 15}, {v4(198, 51, 100), 24}, {v4(203, 0, 113), 24}, {v4(224, 0, 0), 4},    {v4(240, 0, 0), 4},
};

bool is_special_v4(std::uint32_t address)
{
    return std::any_of(std::begin(special_v4), std::end(special_v4),
                       [&](const range_v4& r) { return (address ^ r.first) >> (32 - r.bits) == 0; });
}

// Global unicast is 2000::/3; inside it the protocol block 2001::/23 (Teredo), documentation and 6to4 are special.
bool is_special_v6(const ip::address_v6::bytes_type& a)
{
    const bool global_unicast = (a[0] & 0xe0) == 0x20;
    const bool protocol_block = a[0] == 0x20 && a[1] == 0x01 && a[2] < 0x02;
    const bool documentation =
        (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8) || (a[0] == 0x3f && a[1] == 0xff && a[2] < 0x10);
    const bool six_to_four = a[0] == 0x20 && a[1] == 0x02;
    return !global_unicast || protocol_block || documentation || six_to_four;
}

}  // namespace

bool is_special(const ip::address& address)
{
    return address.is_v4() ? is_special_v4(address.to_v4().to_uint()) : is_special_v6(address.to_v6().to_bytes());
}

bool is_special_host(std::string_view host)
{
    boost::system::error_code not_a_literal;
    const auto address = ip::make_address(std::string(host), not_a_literal);
    if (!not_a_literal)
        return is_special(address);
    constexpr std::string_view local_zones[] = {".localhost", ".local", ".internal", ".home.arpa"};
    return host.find('.') == std::string_view::npos ||
           std::any_of(std::begin(local_zones), std::end(local_zones), [&](auto zone) { return host.ends_with(zone); });
}

}  // namespace reclaim::delivery
