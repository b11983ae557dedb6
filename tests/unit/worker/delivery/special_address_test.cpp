// Every way to write a place, and whether a callback may lead there: by the URL's grammar, by what the host means, and,
// for addresses, by the judge that is asked again after the lookup.
#include "worker/delivery/special_address.hpp"

#include "common/http/client.hpp"

#include <catch2/catch.hpp>

namespace reclaim::delivery {

namespace {

enum class meaning { no_host, special, open };

meaning meaning_of(const std::string& authority)
{
    const auto to = http::origin::parse("https://" + authority + "/hook");
    if (!to)
        return meaning::no_host;
    return is_special_host(to->host) ? meaning::special : meaning::open;
}

struct row {
    const char* text;
    meaning means;
};

constexpr auto no_host = meaning::no_host;
constexpr auto special = meaning::special;
constexpr auto open = meaning::open;

// Each special range: its first and last address, and the neighbours on both sides where those are open.
constexpr row ranges_v4[] = {
    {"0.0.0.0", special},
    {"0.255.255.255", special},
    {"1.0.0.0", open},
    {"9.255.255.255", open},
    {"10.0.0.0", special},
    {"10.255.255.255", special},
    {"11.0.0.0", open},
    {"100.63.255.255", open},
    {"100.64.0.0", special},
    {"100.127.255.255", special},
    {"100.128.0.0", open},
    {"126.255.255.255", open},
    {"127.0.0.0", special},
    {"127.0.0.1", special},
    {"127.255.255.255", special},
    {"128.0.0.0", open},
    {"169.253.255.255", open},
    {"169.254.0.0", special},
    {"169.254.169.254", special},
    {"169.254.255.255", special},
    {"169.255.0.0", open},
    {"172.15.255.255", open},
    {"172.16.0.0", special},
    {"172.31.255.255", special},
    {"172.32.0.0", open},
    {"191.255.255.255", open},
    {"192.0.0.0", special},
    {"192.0.0.192", special},
    {"192.0.0.255", special},
    {"192.0.1.0", open},
    {"192.0.1.255", open},
    {"192.0.2.0", special},
    {"192.0.2.255", special},
    {"192.0.3.0", open},
    {"192.88.98.255", open},
    {"192.88.99.0", special},
    {"192.88.99.255", special},
    {"192.88.100.0", open},
    {"192.167.255.255", open},
    {"192.168.0.0", special},
    {"192.168.255.255", special},
    {"192.169.0.0", open},
    {"198.17.255.255", open},
    {"198.18.0.0", special},
    {"198.19.255.255", special},
    {"198.20.0.0", open},
    {"198.51.99.255", open},
    {"198.51.100.0", special},
    {"198.51.100.255", special},
    {"198.51.101.0", open},
    {"203.0.112.255", open},
    {"203.0.113.0", special},
    {"203.0.113.255", special},
    {"203.0.114.0", open},
    {"223.255.255.255", open},
    {"224.0.0.0", special},
    {"239.255.255.255", special},
    {"240.0.0.0", special},
    {"255.255.255.254", special},
    {"255.255.255.255", special},
    {"8.8.8.8", open},
    {"1.1.1.1", open},
    {"192.31.196.1", open},
};

constexpr row ranges_v6[] = {
    {"::", special},
    {"::1", special},
    {"::2", special},
    {"100::", special},  // discard
    {"100::ffff:ffff:ffff:ffff", special},
    {"1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", special},
    {"2000::", open},  // global unicast begins
    {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", open},
    {"2001::", special},  // Teredo
    {"2001:0:ffff:ffff:ffff:ffff:ffff:ffff", special},
    {"2001:2::", special},   // benchmarks
    {"2001:10::", special},  // ORCHID
    {"2001:20::", special},  // ORCHIDv2
    {"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", special},
    {"2001:200::", open},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", open},
    {"2001:db8::", special},  // documentation
    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", special},
    {"2001:db9::", open},
    {"2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", open},
    {"2002::", special},  // 6to4
    {"2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", special},
    {"2003::", open},
    {"2606:4700::1111", open},
    {"2a00:1450::1", open},
    {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", open},
    {"3fff::", special},  // documentation
    {"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", special},
    {"3fff:1000::", open},
    {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", open},
    {"4000::", special},   // not allotted to anybody
    {"5f00::1", special},  // segment routing
    {"fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", special},
    {"fc00::", special},  // private
    {"fd00:ec2::254", special},
    {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", special},
    {"fe80::", special},  // link-local
    {"fe80::1", special},
    {"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", special},
    {"fec0::1", special},  // site-local, of old
    {"ff00::", special},   // multicast
    {"ff02::1", special},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", special},
};

// IPv6 addresses that carry an IPv4 address: they lead wherever that one does, so none is let through.
constexpr row carriers[] = {
    {"::ffff:127.0.0.1", special},  // mapped
    {"::ffff:7f00:1", special},
    {"::FFFF:7F00:0001", special},
    {"0:0:0:0:0:ffff:127.0.0.1", special},
    {"::ffff:169.254.169.254", special},
    {"::ffff:a9fe:a9fe", special},
    {"::ffff:10.0.0.1", special},
    {"::ffff:8.8.8.8", special},
    {"::ffff:0:127.0.0.1", special},  // translated
    {"::127.0.0.1", special},         // compatible
    {"::7f00:1", special},
    {"::8.8.8.8", special},
    {"64:ff9b::127.0.0.1", special},  // NAT64
    {"64:ff9b::7f00:1", special},
    {"64:ff9b::8.8.8.8", special},
    {"64:ff9b:1::10.0.0.1", special},
    {"2002:7f00:1::", special},  // 6to4
    {"2002:a9fe:a9fe::1", special},
    {"2001:0:7f00:1::", special},  // Teredo
};

// What is no plain way to write a host. Much of it leads somewhere with a lenient reader, which is why it is refused.
constexpr row spellings[] = {
    {"127.1", no_host},
    {"127.0.1", no_host},
    {"2130706433", no_host},
    {"017700000001", no_host},
    {"0x7f000001", no_host},
    {"0x7f.1", no_host},
    {"0x7f.0.0.1", no_host},
    {"0X7F.0.0.1", no_host},
    {"127.0.0.0x1", no_host},
    {"0177.0.0.1", no_host},
    {"127.0.0.01", no_host},
    {"00127.0.0.1", no_host},
    {"127.0.0.1.", no_host},
    {"127.0.0.256", no_host},
    {"256.256.256.256", no_host},
    {"1.2.3.4.5", no_host},
    {"127.0.0.1.nip.io", no_host},  // a name, but one that a reader may cut into an address and a rest
    {"0", no_host},
    {"0.0", no_host},
    {"127.0.0.1%00", no_host},
    {"127.0.0.1%2eexample.com", no_host},
    {"%31%32%37.0.0.1", no_host},
    {"127.0.0.1\\@example.com", no_host},
    {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", no_host},  // fullwidth digits
    {"\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1", no_host},  // circled digits
    {"127\xe3\x80\x82"
     "0.0.1",
     no_host},  // ideographic full stop
    {"hooks\xef\xbc\x8e"
     "example.com",
     no_host},                                     // fullwidth full stop
    {"h\xd0\xbe\xd0\xbeks.example.com", no_host},  // Cyrillic letters
    {"localhost.", no_host},
    {"hooks.example.com.", no_host},
    {".example.com", no_host},
    {"hooks..example.com", no_host},
    {"", no_host},
    {".", no_host},
    {"[::1", no_host},
    {"::1", no_host},
    {"[::1]x", no_host},
    {"[]", no_host},
    {"[127.0.0.1]", no_host},
    {"[localhost]", no_host},
    {"[v1.fe80::a+en1]", no_host},
    {"[::ffff:127.0.0.1.2]", no_host},
    {"[::ffff:0177.0.0.1]", no_host},
    {"[0x::1]", no_host},
    {"[:::1]", no_host},
    {"user@hooks.example.com", no_host},
    {"user:word@hooks.example.com", no_host},
    {"hooks.example.com@127.0.0.1", no_host},
    {"@127.0.0.1", no_host},
    {"hooks.example.com:0", no_host},
    {"hooks.example.com:65536", no_host},
    {"hooks.example.com:x", no_host},
    {"hooks.example.com:44 3", no_host},
    {"hooks example.com", no_host},
    {"hooks.example.com\t", no_host},
    {"hooks.example.com\r\nHost:x", no_host},
};

constexpr row names[] = {
    {"localhost", special},
    {"LOCALHOST", special},
    {"LocalHost:443", special},
    {"x.localhost", special},
    {"db", special},
    {"metadata", special},
    {"metadata.google.internal", special},
    {"METADATA.GOOGLE.INTERNAL", special},
    {"printer.local", special},
    {"nas.home.arpa", special},
    {"a.corp.internal", special},
    // What these resolve to is judged when connecting.
    {"hooks.example.com", open},
    {"HOOKS.EXAMPLE.COM:8443", open},
    {"localhost.example.com", open},
    {"127-0-0-1.nip.io", open},
    {"10.in-addr.example", open},
    {"internal.example.com", open},
    {"xn--e1afmkfd.example", open},
    {"xn--n3h.example", open},
};

}  // namespace

TEST_CASE("IPv4 ranges are special from their first to their last address, and no further")
{
    for (const auto& [text, means] : ranges_v4) {
        CAPTURE(text);
        CHECK(meaning_of(text) == means);
        CHECK(meaning_of(std::string(text) + ":8443") == means);
        CHECK(is_special(boost::asio::ip::make_address(text)) == (means == special));
        // The same address inside IPv6 is never open.
        CHECK(is_special(boost::asio::ip::make_address("::ffff:" + std::string(text))));
    }
}

TEST_CASE("IPv6 ranges are special from their first to their last address, and no further")
{
    for (const auto& [text, means] : ranges_v6) {
        CAPTURE(text);
        CHECK(meaning_of("[" + std::string(text) + "]") == means);
        CHECK(meaning_of("[" + std::string(text) + "]:8443") == means);
        CHECK(is_special(boost::asio::ip::make_address(text)) == (means == special));
    }
}

TEST_CASE("an IPv6 address that carries an IPv4 address is never open")
{
    for (const auto& [text, means] : carriers) {
        CAPTURE(text);
        CHECK(meaning_of("[" + std::string(text) + "]") == means);
        CHECK(is_special(boost::asio::ip::make_address(text)));
    }
}

TEST_CASE("a zone makes no address open, in a URL or from a lookup")
{
    for (const auto* text : {"[fe80::1%25eth0]", "[fe80::1%eth0]", "[::1%25lo]", "[2606:4700::1111%25eth0]"}) {
        CAPTURE(text);
        CHECK(meaning_of(text) != open);
    }
    auto scoped = boost::asio::ip::make_address_v6("fe80::1");
    scoped.scope_id(2);
    CHECK(is_special(scoped));
}

TEST_CASE("a host that is written in an odd way is no host")
{
    for (const auto& [text, means] : spellings) {
        CAPTURE(text);
        CHECK(meaning_of(text) == means);
    }
}

TEST_CASE("names of the local network are special, others are open until they are looked up")
{
    for (const auto& [text, means] : names) {
        CAPTURE(text);
        CHECK(meaning_of(text) == means);
    }
    CHECK(meaning_of(std::string(250, 'a') + ".com") == no_host);
}

}  // namespace reclaim::delivery
